#pragma once

#include <string>

namespace es {

/// What the exception that was just caught says, whatever it is; inside a
/// handler only. Users' code may throw anything, and it must not leave the
/// actor that calls it.
[[nodiscard]] std::string exception_text();

} // namespace es
