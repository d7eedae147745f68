#include "eventsource/tests/actors/account.hpp"

template class es::detail::aggregate_model<bank::account>;
template class es::actors::detail::typed_face<bank::account::commands>;
