// Binary and ASCII tables. Input: which columns, rows, where they are cut in two, bytes between
// rows and heap (1 byte each); the data unit, from its start.
#include "table/descriptors.h"
#include "table_kinds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const TableKind& kind = table_kinds()[input.byte() % table_kinds().size()];
  const uint64_t rows = input.byte() % 64;
  const uint64_t cut = input.byte() % (rows + 1);
  const uint64_t gap = input.byte();
  Bytes bytes = copy_of(input.rest());
  bytes.resize(std::max(bytes.size(), rows * kind.row_length));
  const std::string header = header_of(kind, rows, gap, bytes.size());
  const auto layout = layout_of_table(extension(header), parse_cards(header));
  require(bool(layout), "a header of the target is one of a table");

  const TableMemory memory(bytes);
  for (const TableLayout& way : {*layout, as_bytes(*layout)})
    check_reads(way, cut,
                [&](const TableRequest& request) { return read_columns(way, memory, request); });
  for (size_t c = 0; c < layout->columns.size(); ++c)
    if (layout->columns[c].is_variable) static_cast<void>(read_descriptors(*layout, memory, c));
  return 0;
}
