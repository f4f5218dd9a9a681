#include "table_kinds.h"

#include <algorithm>

namespace fitstream::fuzz {
namespace {

constexpr uint64_t kWideDescriptor = 16;

HeaderText frame(bool is_ascii, uint64_t row_length, uint64_t rows, uint64_t data_length) {
  HeaderText header;
  header.text("XTENSION", is_ascii ? "TABLE" : "BINTABLE").key("BITPIX", 8).key("NAXIS", 2);
  header.key("NAXIS1", row_length).key("NAXIS2", rows);
  header.key("PCOUNT", data_length - row_length * rows).key("GCOUNT", 1);
  return header;
}

void put_columns(HeaderText& header, const TableKind& kind, std::string_view form) {
  header.key("TFIELDS", kind.columns.size());
  uint64_t start = 1;  // of an ASCII field; all are 10 wide
  for (size_t i = 0; i < kind.columns.size(); ++i, start += 10) {
    const ColumnKind& column = kind.columns[i];
    const auto key = [&](std::string_view stem) {
      return std::string(stem) + std::to_string(i + 1);
    };
    header.text(key(form), column.form);
    if (kind.is_ascii) header.key(key("TBCOL"), start);
    if (*column.shape) header.text(key("TDIM"), column.shape);
    if (*column.null && kind.is_ascii) header.text(key("TNULL"), column.null);
    if (*column.null && !kind.is_ascii) header.key(key("TNULL"), column.null);
    if (*column.zero) header.key(key("TZERO"), column.zero);
    if (*column.codec) header.text(key("ZCTYP"), column.codec);
  }
}

// A column that was read.
struct Values {
  Bytes values;
  std::vector<int32_t> offsets;
  std::vector<bool> validity;
  uint64_t nulls = 0;
  bool operator==(const Values&) const = default;
};
// Nothing where the read fails.
using Columns = std::optional<std::vector<Values>>;

Values values_of(const ColumnData& data) {
  require(data.validity.empty() || data.validity.size() >= (data.elements + 7) / 8,
          "every element has its bit");
  Values out{{data.values.begin(), data.values.end()},
             {data.offsets.begin(), data.offsets.end()},
             std::vector<bool>(data.elements, true),
             data.nulls};
  for (uint64_t i = 0; i < data.elements && !data.validity.empty(); ++i)
    out.validity[i] = (data.validity[i / 8] >> (i % 8) & 1) != 0;
  require(std::ranges::is_sorted(out.offsets) && (out.offsets.empty() || out.offsets[0] == 0),
          "offsets ascend from 0");
  require(std::ranges::count(out.validity, false) == static_cast<ptrdiff_t>(data.nulls),
          "nulls are counted");
  return out;
}

void append(Values& to, const Values& more) {
  const int32_t shift = to.offsets.empty() ? 0 : to.offsets.back();
  to.values.insert(to.values.end(), more.values.begin(), more.values.end());
  for (size_t i = to.offsets.empty() ? 0 : 1; i < more.offsets.size(); ++i)
    to.offsets.push_back(more.offsets[i] + shift);
  to.validity.insert(to.validity.end(), more.validity.begin(), more.validity.end());
  to.nulls += more.nulls;
}

// Reads one table again and again.
class Reader {
 public:
  Reader(const TableLayout& layout, const ReadColumns& read)
      : layout_(layout), read_(read), level_(levels().back()) {}

  Columns read(TableRequest request) const {
    request.max_bytes = kMaxBytes;
    const auto data = read_(request);
    if (!data) return std::nullopt;
    Columns out(std::in_place);
    for (const ColumnData& column : *data) out->push_back(values_of(column));
    return out;
  }
  Columns read(const std::vector<size_t>& columns, RowRange rows) const {
    TableRequest request;
    request.columns = columns;
    request.rows.range = rows;
    request.level = level_;
    return read(request);
  }

  // One column at every level and into memory that is there.
  void check_ways(size_t column, const Columns& expected) const {
    TableRequest request;
    request.columns = {column};
    request.rows.range = {0, layout_.frame.rows};
    request.threads = 2;
    for (const auto level : levels()) {
      request.level = level;
      require(read(request) == expected, "every level gives the same");
    }
    if (layout_.columns[column].is_variable || !expected) return;
    Bytes memory(value_width(layout_.columns[column]) * layout_.frame.rows);
    request.into = {MutableByteSpan(memory)};
    require(read(request) == expected, "memory that is there is filled the same");
  }

  // What a column is made of, which is good as a whole.
  void check_parts(size_t column, uint64_t cut, const Values& whole) const {
    const uint64_t rows = layout_.frame.rows;
    const Columns first = read({column}, {0, cut});
    const Columns second = read({column}, {cut, rows - cut});
    require(first && second, "a part of a good column is good");
    Values joined = first->front();
    append(joined, second->front());
    require(joined == whole, "parts of a column make the whole");

    TableRequest request;
    request.columns = {column};
    request.level = level_;
    request.rows.list.emplace();
    Values one_by_one;
    for (uint64_t i = 0; i < std::min<uint64_t>(rows, 5); ++i) {
      const uint64_t row = (cut + i * 7) % rows;
      const Columns alone = read({column}, {row, 1});
      require(alone.has_value(), "a row of a good column is good");
      append(one_by_one, alone->front());
      request.rows.list->push_back(row);
    }
    if (rows == 0) return;
    const Columns listed = read(request);
    require(listed && listed->front() == one_by_one, "rows in any order are the same rows");
  }

 private:
  const TableLayout& layout_;
  const ReadColumns& read_;
  simd::Level level_;
};

}  // namespace

const std::vector<TableKind>& table_kinds() {
  static const std::vector<TableKind> kinds = {
      {{{.form = "J"}, {.form = "2I"}, {.form = "E"}, {.form = "D"}}, 20},
      {{{.form = "11X"}, {.form = "L"}, {.form = "3B"}, {.form = "K", .null = "-1"}}, 14},
      {{{.form = "12A", .shape = "(4,3)"}, {.form = "5A"}, {.form = "6A2"}}, 23},
      {{{.form = "6I", .shape = "(3,2)", .null = "5", .zero = "32768"},
        {.form = "C"},
        {.form = "M"}},
       36},
      {{{.form = "1PJ(9)"}, {.form = "1PB"}, {.form = "1PA(20)"}}, 24},
      {{{.form = "1QD"}, {.form = "1PX(99)"}, {.form = "1PL"}}, 32},
      {{{.form = "1PI", .null = "7", .zero = "32768"}, {.form = "1QM"}, {.form = "0PE"}}, 24},
      {{{.form = "0J"}, {.form = "B", .null = "255", .zero = "-128"}, {.form = "0A"}}, 1},
      {{{.form = "J"}, {.form = "4000A"}, {.form = "I"}, {.form = "1PI"}}, 4014},
      {{{.form = "J", .zero = "0.5"}, {.form = "1PE"}, {.form = "2C", .zero = "2"}}, 28},
      {{{.form = "I10", .null = "99"}, {.form = "F10.2"}, {.form = "A10"}, {.form = "E10.3"}},
       40,
       true},
      {{{.form = "D10.0"}, {.form = "I3"}, {.form = "F10.9", .null = "*"}}, 30, true},
  };
  return kinds;
}

const std::vector<TableKind>& compressed_table_kinds() {
  static const std::vector<TableKind> kinds = {
      {{{.form = "1J", .codec = "RICE_1"}, {.form = "2I", .codec = "RICE_1"}}, 8},
      {{{.form = "3B", .codec = "RICE_1"}, {.form = "1E", .codec = "GZIP_2"}}, 7},
      {{{.form = "1D", .codec = "GZIP_1"}, {.form = "5A", .codec = "GZIP_1"}}, 13},
      {{{.form = "1K", .codec = "GZIP_2"}, {.form = "11X", .codec = "GZIP_1"}}, 10},
      {{{.form = "1PJ(9)", .codec = "RICE_1"}, {.form = "1L", .codec = "GZIP_1"}}, 9},
      {{{.form = "1QE(9)", .codec = "GZIP_2"}, {.form = "1PB(9)", .codec = "RICE_1"}}, 24},
      {{{.form = "1C", .codec = "GZIP_2"}, {.form = "1PX(9)", .codec = "GZIP_1"}}, 16},
      {{{.form = "2J", .codec = "NOCOMPRESS"}, {.form = "0J"}, {.form = "1PC(9)"}}, 16},
  };
  return kinds;
}

std::string header_of(const TableKind& kind, uint64_t rows, uint64_t gap, uint64_t data_length) {
  HeaderText header = frame(kind.is_ascii, kind.row_length, rows, data_length);
  put_columns(header, kind, "TFORM");
  if (!kind.is_ascii) header.key("THEAP", kind.row_length * rows + gap);
  return header.done();
}

uint64_t stored_length_of(const TableKind& kind, uint64_t rows, uint64_t tile_rows) {
  const uint64_t tiles = (rows + tile_rows - 1) / tile_rows;
  return tiles * kWideDescriptor * kind.columns.size();
}

std::string compressed_header_of(const TableKind& kind, uint64_t rows, uint64_t tile_rows,
                                 uint64_t data_length) {
  const uint64_t tiles = (rows + tile_rows - 1) / tile_rows;
  HeaderText header = frame(false, kWideDescriptor * kind.columns.size(), tiles, data_length);
  header.key("ZTABLE", "T").key("ZTILELEN", tile_rows);
  header.key("ZNAXIS1", kind.row_length).key("ZNAXIS2", rows).key("ZPCOUNT", 0);
  put_columns(header, kind, "ZFORM");
  for (size_t i = 1; i <= kind.columns.size(); ++i) header.text("TFORM" + std::to_string(i), "1QB");
  return header.done();
}

void check_reads(const TableLayout& layout, uint64_t cut, const ReadColumns& read) {
  const Reader reader(layout, read);
  const RowRange rows{0, layout.frame.rows};
  std::vector<size_t> all;
  Columns apart(std::in_place);
  uint64_t bytes = 0;
  for (size_t c = 0; c < layout.columns.size(); ++c) {
    const Columns whole = reader.read({c}, rows);
    reader.check_ways(c, whole);
    if (!whole) continue;
    reader.check_parts(c, cut, whole->front());
    all.push_back(c);
    apart->push_back(whole->front());
    bytes += whole->front().values.size() + whole->front().offsets.size() * sizeof(int32_t);
  }
  // The limit is one for all columns.
  if (all.empty() || bytes > kMaxBytes / 2) return;
  require(reader.read(all, rows) == apart, "columns do not disturb each other");
}

}  // namespace fitstream::fuzz
