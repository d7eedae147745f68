// The main program of a fuzz target where there is no libFuzzer: runs the
// target on every file of the given folders, and on each one cut off, since
// inputs that end too early are what parsers meet.

#include "eventsource/tests/fuzz/fuzz_target.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Cuts are taken after each of so many first bytes.
constexpr std::size_t cuts_max = 512;

void run(const std::vector<char>& bytes, std::size_t size) {
  // A copy of its own, so that ASan sees a read beyond it.
  const std::vector<char> cut(bytes.begin(),
                              bytes.begin() + static_cast<long>(size));
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(cut.data()),
                         size);
}

} // namespace

int main(int argc, char** argv) {
  // In order, so that two runs fail at the same file.
  std::set<fs::path> files;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : fs::recursive_directory_iterator{argv[i]})
      if (entry.is_regular_file())
        files.insert(entry.path());
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s FOLDER...; there is no file to run\n",
                 argv[0]);
    return 2;
  }
  for (const auto& file : files) {
    std::fprintf(stderr, "%s\n", file.c_str());
    std::ifstream in{file, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad()) {
      std::fprintf(stderr, "can't be read\n");
      return 2;
    }
    run(bytes, bytes.size());
    for (std::size_t size = 0; size < std::min(bytes.size(), cuts_max); ++size)
      run(bytes, size);
  }
  std::fprintf(stderr, "%zu files\n", files.size());
  return 0;
}
