// PLIO_1 line lists. Input: pixels less one, and those that are needed less one (2 bytes each); the
// list.
#include "tile/plio.h"

#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  std::vector<int32_t> pixels(input.size_up_to(1 << 15));
  std::vector<int32_t> first(input.size_up_to(pixels.size()));
  const Bytes list = copy_of(input.rest());
  if (!decode_plio(list, pixels)) return 0;
  require(bool(decode_plio(list, first)), "a good list begins well");
  require(std::equal(first.begin(), first.end(), pixels.begin()),
          "pixels do not depend on those behind them");
  return 0;
}
