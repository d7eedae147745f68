#include "eventsource/tests/store/guarded_test.hpp"

#include "eventsource/domain/error.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace es::testing {

namespace {

class guarded_test : public caf::test::test {
public:
  guarded_test(std::string sentence, std::function<void()> body)
    : caf::test::test(std::move(sentence), false), body_(std::move(body)) {
    // nop
  }

  void run_test_impl() override {
    try {
      body_();
    } catch (const unmet_need&) {
      // Noted already.
    } catch (const tl::bad_expected_access<error>& e) {
      ES_CHECK_EQ(to_string(e.error()), "");
    } catch (const std::exception& e) {
      ES_CHECK_EQ(std::string(e.what()), "");
    }
  }

private:
  std::function<void()> body_;
};

} // namespace

guarded_test_registration::guarded_test_registration(
  std::string_view file, std::string sentence, std::function<void()> body) {
  const std::string suite{suite_of(file)};
  caf::test::engine::add(
    suite.c_str(),
    std::make_unique<guarded_test>(std::move(sentence), std::move(body)));
}

} // namespace es::testing
