#pragma once

#include "eventsource/actors/caf_compat.hpp"
#include "eventsource/domain/organization/organization.hpp"

/// Makes the reference aggregate's commands known to CAF, as every program does
/// for its own.
namespace es::reference {

ES_INSPECT_JSON(register_organization)
ES_INSPECT_JSON(rename_organization)
ES_INSPECT_JSON(change_registration_number)
ES_INSPECT_JSON(set_vat)
ES_INSPECT_JSON(relocate_organization)
ES_INSPECT_JSON(dissolve_organization)

} // namespace es::reference

namespace es_bench {

/// To a load actor with a pace: look at what is due.
struct pace_tick {};

} // namespace es_bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(es_bench::pace_tick)

CAF_BEGIN_TYPE_ID_BLOCK(es_bench, caf::first_custom_type_id)

CAF_ADD_TYPE_ID(es_bench, (es::reference::register_organization))
CAF_ADD_TYPE_ID(es_bench, (es::reference::rename_organization))
CAF_ADD_TYPE_ID(es_bench, (es::reference::change_registration_number))
CAF_ADD_TYPE_ID(es_bench, (es::reference::set_vat))
CAF_ADD_TYPE_ID(es_bench, (es::reference::relocate_organization))
CAF_ADD_TYPE_ID(es_bench, (es::reference::dissolve_organization))
CAF_ADD_TYPE_ID(es_bench, (es_bench::pace_tick))

CAF_END_TYPE_ID_BLOCK(es_bench)
