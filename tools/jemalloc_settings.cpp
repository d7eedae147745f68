/// What jemalloc reads when a program starts (jemalloc(3), "TUNING"); linked
/// into programs of ours, since a library must not choose for its user's.
///
/// Messages are made on one thread and freed on another. With an arena for each
/// core, what is freed is taken again where it is in the cache, and there are
/// no more arenas than cores. Ten thousand aggregates are more than the
/// processor has small pages at hand for: large ones are asked for.
extern "C" {
const char* malloc_conf = "percpu_arena:percpu,thp:always,metadata_thp:always";
}
