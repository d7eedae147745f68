#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/actors/messages.hpp"
#include "eventsource/domain/aggregate_type.hpp"

#include <string>

namespace es::actors {

/// Asks for the committed state of an aggregate.
/// (declared in messages.hpp: `get_state`, answered with `current_state`)

namespace detail {

template <class A, class List>
struct handle_for;

template <class A, class... Commands>
struct handle_for<A, type_list<Commands...>> {
  using type = caf::typed_actor<
    compat::signature<caf::result<receipt>(std::string, Commands)>...,
    compat::signature<caf::result<receipt>(std::string, Commands,
                                           command_options)>...,
    compat::signature<caf::result<current_state>(std::string, get_state)>>;
};

} // namespace detail

/// The typed CAF handle of aggregate type `A`. Its clauses, for each command C:
///
///     (std::string id, C)                    -> receipt
///     (std::string id, C, command_options)   -> receipt
///     (std::string id, get_state)            -> current_state
///
/// A caller that sends a command that `A` does not have does not compile.
template <class A>
using handle = typename detail::handle_for<A, typename A::commands>::type;

} // namespace es::actors
