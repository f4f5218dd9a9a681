// Bytes of GZIP_2, put together again. Input: width (1 byte); the bytes.
#include "tile/shuffle.h"

#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const size_t width = size_t{1} << input.byte() % 4;
  const size_t elements = input.rest().size() / width;
  const Bytes from = copy_of(input.rest().first(elements * width));
  Bytes to(from.size());
  unshuffle(from, width, to);
  for (size_t i = 0; i < to.size(); ++i)
    require(to[i] == from[i % width * elements + i / width], "every byte is in its place");
  return 0;
}
