#include "eventsource/domain/exception_text.hpp"

#include <exception>

namespace es {

std::string exception_text() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "it is not a std::exception";
  }
}

} // namespace es
