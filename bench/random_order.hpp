#pragma once

#include <algorithm>
#include <random>
#include <vector>

namespace es_bench {

/// Brings aggregates into a random order, the same in each run, once they are
/// registered. Their ids were made one after the other and are neighbours in
/// every index; commands in that order would find all pages of a batch in the
/// processor's caches, which no program's users do.
template <class T>
void put_in_random_order(std::vector<T>& aggregates) {
  std::mt19937 random{20'261'127};
  std::shuffle(aggregates.begin(), aggregates.end(), random);
}

} // namespace es_bench
