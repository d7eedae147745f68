#include "eventsource/store/postgres/postmaster_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace es::store {

namespace fs = std::filesystem;

std::optional<postmaster_file>
read_postmaster_file(const server_folder& folder) {
  std::ifstream in(folder.file("data") / "postmaster.pid");
  if (!in)
    return std::nullopt;
  // Lines: pid, data folder, start time, port, socket folder, listen address,
  // shared memory key and id, status.
  postmaster_file out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (number == 1)
      out.pid = static_cast<pid_t>(std::atol(line.c_str()));
    else if (number == 5)
      out.socket_folder = line;
    else if (number == 7) {
      auto blank = line.find_last_of(" \t");
      if (blank != std::string::npos)
        out.shared_memory_id = std::atoi(line.c_str() + blank);
    } else if (number == 8)
      out.ready = line.starts_with("ready");
  }
  return out;
}

bool is_server_of(const server_folder& folder, pid_t pid) {
  if (pid <= 1)
    return false;
  auto arguments = arguments_of(pid);
  if (!arguments || arguments->empty())
    return false;
  return fs::path(arguments->front()).filename() == "postgres"
         && std::find(arguments->begin(), arguments->end(),
                      folder.path().native())
              != arguments->end();
}

} // namespace es::store
