#include "eventsource/store/postgres/server_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace es::store {

file_lock::file_lock(file_lock&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)) {
  // nop
}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

file_lock::~file_lock() {
  release();
}

result<file_lock>
file_lock::acquire(const std::filesystem::path& file, mode how,
                   std::chrono::steady_clock::time_point deadline) {
  file_lock out;
  out.fd_ =
    ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (out.fd_ < 0)
    return fail(errc::unavailable, "can't open the lock file " + file.string()
                                     + ": " + std::strerror(errno));
  auto operation = how == mode::shared ? LOCK_SH : LOCK_EX;
  // flock itself knows no deadline.
  while (::flock(out.fd_, operation | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(errc::unavailable,
                  "can't lock " + file.string() + ": " + std::strerror(errno));
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(errc::timeout,
                  file.string()
                    + " is locked by another program that is starting or "
                      "stopping this server");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return out;
}

bool file_lock::try_exclusive() {
  return ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
}

void file_lock::share() {
  ::flock(fd_, LOCK_SH);
}

void file_lock::release() {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
}

} // namespace es::store
