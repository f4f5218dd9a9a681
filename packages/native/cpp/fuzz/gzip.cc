// A gzip stream to memory. Input: room for what it holds (2 bytes); the stream.
#include "tile/gzip.h"

#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  Bytes out(input.number<uint16_t>());
  const Bytes stream = copy_of(input.rest());
  const auto length = inflate_gzip(stream, out);
  if (!length) return 0;
  require(*length <= max_inflated(stream.size()), "no stream holds more than the bound");

  Bytes exact(*length);
  const auto again = inflate_gzip(stream, exact);
  require(again && *again == *length && std::equal(exact.begin(), exact.end(), out.begin()),
          "room behind the content changes nothing");
  if (*length == 0) return 0;
  exact.resize(*length - 1);
  exact.shrink_to_fit();
  require(!inflate_gzip(stream, exact), "a stream that does not fit is refused");
  return 0;
}
