#pragma once

#include "eventsource/tests/store/server_scratch.hpp"

#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace es::testing {

/// A file system of a few MiB, gone at the end.
class small_disk {
public:
  explicit small_disk(int mebibytes) {
    if (::mount("none", path().c_str(), "tmpfs", 0, size(mebibytes).c_str())
        != 0)
      throw std::runtime_error("can't mount a file system at " + path());
    ::chmod(path().c_str(), 0755);
  }

  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  ~small_disk() {
    // A server that still has files open must not keep it.
    ::umount2(path().c_str(), MNT_DETACH);
  }

  void grow(int mebibytes) {
    if (::mount("none", path().c_str(), "tmpfs", MS_REMOUNT,
                size(mebibytes).c_str())
        != 0)
      throw std::runtime_error("can't grow the file system at " + path());
  }

  /// Takes all the room that is left, until `make_room`.
  void fill() {
    const std::string block(1 << 16, 'x');
    const int file = ::open(ballast().c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (::write(file, block.data(), block.size()) > 0)
      ;
    ::close(file);
  }
  void make_room() {
    ::unlink(ballast().c_str());
  }

  /// Lets the owner of another path use it.
  void give_to_owner_of(const std::string& other) {
    struct ::stat found {};
    if (::stat(other.c_str(), &found) != 0
        || ::chown(path().c_str(), found.st_uid, found.st_gid) != 0)
      throw std::runtime_error("can't give away " + path());
  }

  [[nodiscard]] std::string path() const {
    return folder_.path().string();
  }

private:
  [[nodiscard]] std::string ballast() const {
    return path() + "/ballast";
  }
  static std::string size(int mebibytes) {
    return "size=" + std::to_string(mebibytes) + "m";
  }

  scratch_folder folder_;
};

} // namespace es::testing
