#include "compressed_table.h"

#include <algorithm>
#include <charconv>

#include "tile/column_expander.h"

namespace fitstream {
namespace {

std::optional<uint64_t> count_of(const Card& card) {
  uint64_t value = 0;
  const char* first = card.text.data() + (card.text.starts_with('+') ? 1 : 0);
  const char* last = card.text.data() + card.text.size();
  if (card.kind != ValueKind::kInteger || std::from_chars(first, last, value).ptr != last)
    return std::nullopt;
  return value;
}

// ZTILELEN and ZCTYPn; the first card of a keyword counts.
void read_keywords(const std::vector<Card>& cards, CompressedTable& table) {
  constexpr std::string_view kCodec = "ZCTYP";
  std::optional<uint64_t> tile_rows;
  for (const Card& card : cards) {
    if (card.keyword == "ZTILELEN" && !tile_rows) tile_rows = count_of(card).value_or(0);
    if (!card.keyword.starts_with(kCodec)) continue;
    size_t number = 0;
    const char* last = card.keyword.data() + card.keyword.size();
    const auto parsed = std::from_chars(card.keyword.data() + kCodec.size(), last, number);
    if (parsed.ptr != last || number == 0 || number > table.codecs.size()) continue;
    if (std::string& codec = table.codecs[number - 1]; codec.empty()) codec = card.text;
  }
  table.tile_rows = tile_rows.value_or(0);
}

// Rows of no bytes (0A, 0P) are not stored.
bool has_streams(const CompressedTable& table, size_t column) {
  return table.layout.columns[column].width > 0;
}

Status check_column(const CompressedTable& table, size_t column) {
  if (column >= table.layout.columns.size())
    return Error::of(ErrorCode::kOutOfBounds, "the table has no such column",
                     std::to_string(table.layout.columns.size()) + " columns",
                     std::to_string(column));
  const auto& defect = table.layout.columns[column].defect;
  if (defect) return *defect;
  if (!has_streams(table, column)) return ok();
  const Column& stored = table.stored.columns[column];
  if (stored.defect) return *stored.defect;
  if (stored.is_variable && stored.width > 0 && stored.stored == Dtype::kUint8) return ok();
  return Error::of(ErrorCode::kBadHeader,
                   "column " + std::to_string(column + 1) + " of a compressed table has no streams",
                   "TFORMn 1QB or 1PB", "'" + stored.form + "'");
}

// The cells of one column in some tiles.
using Streams = std::vector<HeapCell>;

// Those of each column; none where it has no streams.
Result<std::vector<Streams>> read_streams(const CompressedTable& table, const TableBytes& bytes,
                                          const std::vector<size_t>& columns, RowRange tiles,
                                          CancelFlag cancel) {
  std::vector<Streams> streams(columns.size());
  const auto is_stored = [&](size_t c) { return has_streams(table, c); };
  if (std::none_of(columns.begin(), columns.end(), is_stored)) return streams;
  const RowSelection rows{tiles, std::nullopt};
  const auto there = check_request(table.stored, bytes, {}, rows, INT64_MAX);
  if (!there) return there.error();
  const RowReader reader(table.stored, bytes, {}, rows);
  const Status walked = for_each_block(reader.blocks(), {1, cancel}, [&](size_t b, BlockMemory& m) {
    const auto block = reader.read(b, m);
    if (!block) return Status(block.error());
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!is_stored(columns[i])) continue;
      const Column& column = table.stored.columns[columns[i]];
      for (uint64_t row = 0; row < block->count; ++row)
        streams[i].push_back(load_descriptor(block->data + row * block->stride + column.offset,
                                             column.is_wide_descriptor));
    }
    return ok();
  });
  if (!walked) return walked.error();
  return streams;
}

uint64_t length_of(const ColumnData& data) {
  return data.values.size() + data.offsets.size() * sizeof(int32_t) + data.validity.size();
}

Result<std::vector<ColumnData>> expand_columns(const CompressedTable& table,
                                               const TableBytes& bytes,
                                               const TableRequest& request) {
  const std::vector<size_t>& columns = request.columns;
  const auto rows = range_of(request.rows, table.layout.frame.rows);
  if (!rows) return rows.error();
  for (const size_t c : columns)
    if (Status s = check_column(table, c); !s) return s.error();
  const RowTiles tiles(table.layout.frame.rows, table.tile_rows, *rows);
  const auto streams = read_streams(table, bytes, columns, tiles.touched(), request.cancel);
  if (!streams) return streams.error();

  StreamHeap heap(table.stored, bytes);
  std::vector<ColumnData> out;
  TableRequest of_column = request;  // as a table of its own, which begins with the first row asked
  of_column.columns = {0};
  of_column.rows.range.first = 0;
  if (of_column.rows.list)
    for (uint64_t& row : *of_column.rows.list) row -= rows->first;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& column = table.layout.columns[columns[i]];
    const auto coding = column_coding_of(column, table.codecs[columns[i]]);
    if (!coding) return coding.error();
    const auto plain = expand_column(column, *coding, tiles, (*streams)[i], heap, request.max_bytes,
                                     request.cancel);
    if (!plain) return plain.error();
    of_column.into.clear();
    if (i < request.into.size()) of_column.into = {request.into[i]};
    of_column.offsets_into.clear();
    if (i < request.offsets_into.size()) of_column.offsets_into = {request.offsets_into[i]};
    auto data = read_columns(plain->layout, TableMemory(plain->bytes()), of_column);
    if (!data) return data.error();
    of_column.max_bytes -= std::min(of_column.max_bytes, length_of(data->front()));
    out.push_back(std::move(data->front()));
  }
  return out;
}

}  // namespace

Result<CompressedTable> compressed_table_of(const Hdu& hdu, const std::vector<Card>& cards) {
  const auto at = static_cast<int64_t>(hdu.index);
  auto layout = layout_of_table(hdu, cards);
  if (!layout) return layout.error();
  if (!layout->frame.is_compressed)
    return Error::of(ErrorCode::kBadArgument, "this HDU is no compressed table").at_hdu(at);
  Hdu plain = hdu;
  plain.table->is_compressed = false;
  plain.table->row_length = hdu.axes[0];
  plain.table->rows = hdu.axes[1];
  auto stored = layout_of_table(plain, cards);
  if (!stored) return stored.error();

  CompressedTable table{std::move(*layout), std::move(*stored), 0, {}};
  table.codecs.resize(table.layout.columns.size());
  read_keywords(cards, table);
  const uint64_t rows = table.layout.frame.rows;
  if (rows == 0) return table;
  if (table.tile_rows == 0)
    return Error::of(ErrorCode::kBadHeader, "ZTILELEN is missing or wrong", "an integer >= 1")
        .at_hdu(at);
  const uint64_t tiles = (rows - 1) / table.tile_rows + 1;
  if (tiles <= table.stored.frame.rows) return table;
  return Error::of(ErrorCode::kBadHeader, "a compressed table has too few tiles",
                   "NAXIS2 >= " + std::to_string(tiles), std::to_string(table.stored.frame.rows))
      .at_hdu(at);
}

Result<std::vector<ColumnData>> read_columns(const CompressedTable& table, const TableBytes& bytes,
                                             const TableRequest& request) {
  return checked(bytes, expand_columns(table, bytes, request));
}

}  // namespace fitstream
