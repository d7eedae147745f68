#include "eventsource/store/postgres/checksum.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace es::store::postgres {

std::string checksum_of(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr)
      != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (unsigned int i = 0; i < size; ++i) {
    result += digits[digest[i] >> 4];
    result += digits[digest[i] & 15];
  }
  return result;
}

} // namespace es::store::postgres
