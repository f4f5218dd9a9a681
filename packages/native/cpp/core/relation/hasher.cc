#include "relation/hasher.h"

#include <random>

namespace fitstream::relation {
namespace {

struct Key {
  uint64_t mask, factor;
};
Key draw_key() {
  std::random_device device;
  const auto draw = [&] { return uint64_t{device()} << 32 | device(); };
  return {draw(), draw() | 1};
}

}  // namespace

Hasher::Hasher() {
  static const Key key = draw_key();
  mask_ = key.mask;
  factor_ = key.factor;
}

}  // namespace fitstream::relation
