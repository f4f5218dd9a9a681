// Sums of bytes, in memory and in a file. Input: where to cut, in words (2 bytes); the bytes.
#include "checksum.h"

#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const size_t word = input.number<uint16_t>();
  const Bytes bytes = copy_of(input.rest());
  const ByteSpan whole(bytes);
  const uint32_t sum = add_checksum(0, whole);
  const size_t cut = std::min(word * 4, whole.size() / 4 * 4);
  require(add_checksum(add_checksum(0, whole.first(cut)), whole.subspan(cut)) == sum,
          "pieces of whole words make the sum");

  const MemoryFile stored(whole);
  const auto file = File::open(stored.path());
  require(bool(file), "a file in memory opens");
  const auto of_file = sum_file(*file, 0, whole.size(), nullptr);
  require(of_file && *of_file == sum, "a file has the sum of its bytes");
  require(!sum_file(*file, cut, whole.size() - cut + 1, nullptr), "what is not there has no sum");
  return 0;
}
