// Tile-compressed tables. Input: which columns, rows, rows of a tile less one, where the rows are
// cut in two (1 byte each); the data unit.
#include "compressed_table.h"

#include "table_kinds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const TableKind& kind = compressed_table_kinds()[input.byte() % compressed_table_kinds().size()];
  const uint64_t rows = input.byte() % 64;
  const uint64_t tile_rows = input.byte() % 64 + 1;
  const uint64_t cut = input.byte() % (rows + 1);
  Bytes bytes = copy_of(input.rest());
  bytes.resize(std::max(bytes.size(), stored_length_of(kind, rows, tile_rows)));
  const std::string header = compressed_header_of(kind, rows, tile_rows, bytes.size());
  const auto table = compressed_table_of(extension(header), parse_cards(header));
  require(bool(table), "a header of the target is one of a compressed table");

  const TableMemory memory(bytes);
  check_reads(table->layout, cut,
              [&](const TableRequest& request) { return read_columns(*table, memory, request); });
  return 0;
}
