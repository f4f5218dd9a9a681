#include "compressed_table.h"

#include "cfitsio/session.h"
#include "cfitsio/table.h"
#include "header.h"
#include "unpack.h"

namespace fitstream {
namespace {

Status check_size(const Hdu& hdu, uint64_t max_bytes) {
  if (hdu.defect) return *hdu.defect;
  if (hdu.kind != HduKind::kBinTable || !hdu.table->is_compressed)
    return Error::of(ErrorCode::kBadArgument, "this HDU is no compressed table")
        .at_hdu(static_cast<int64_t>(hdu.index));
  const auto length = checked_mul(hdu.table->rows, hdu.table->row_length);
  if (length && *length <= max_bytes) return ok();
  return Error::of(ErrorCode::kLimit, "the table expands to more than the limit",
                   "at most " + std::to_string(max_bytes) + " bytes")
      .at_hdu(static_cast<int64_t>(hdu.index));
}

// What CFITSIO trusts: that descriptors stay in the heap, and that gzip streams end. It never
// returns from one that does not.
Status check_cells(const Hdu& hdu, std::string_view header, const TableBytes& bytes,
                   uint64_t max_bytes) {
  Hdu stored = hdu;  // the table of cells, not the one it expands to
  stored.table->is_compressed = false;
  stored.table->row_length = hdu.axes[0];
  stored.table->rows = hdu.axes[1];
  const auto layout = layout_of_table(stored, parse_cards(header));
  if (!layout) return layout.error();
  for (size_t c = 0; c < layout->columns.size(); ++c) {
    if (layout->columns[c].defect) return *layout->columns[c].defect;
    if (!layout->columns[c].is_variable) continue;
    const auto cells = read_descriptors(*layout, bytes, c);
    if (!cells) return cells.error();
    const auto codec = find_card(header, "ZCTYP" + std::to_string(c + 1));
    if (codec && !codec->text.starts_with("GZIP")) continue;
    for (const HeapCell& cell : *cells) {
      std::vector<std::byte> stream(cell.count);
      if (stream.empty()) continue;
      Status read = bytes.read(layout->frame.heap_offset + cell.offset, stream);
      if (!read) return read;
      if (Status s = check_gzip(stream, max_bytes); !s) return s;
    }
  }
  return ok();
}

Result<ExpandedTable> expand(Result<cfitsio::Session> session, const Hdu& hdu) {
  const auto at = static_cast<int64_t>(hdu.index);
  if (!session) return std::move(session.error()).at_hdu(at);
  auto file = cfitsio::uncompress_table(*session);
  if (!file) return std::move(file.error()).at_hdu(at);

  // The primary HDU that was put before it is one block.
  const std::string_view text(reinterpret_cast<const char*>(file->data()), file->size());
  const auto table = scan_hdu(text.substr(std::min<size_t>(kBlock, text.size())), kBlock, 1);
  if (!table) return table.error();
  if (!*table || (*table)->data_offset + (*table)->data_length > file->size())
    return Error::of(ErrorCode::kCorrupt, "the expanded table is not complete").at_hdu(at);
  ExpandedTable out;
  auto layout = layout_of_table(**table, parse_cards(text.substr(kBlock, (*table)->header_length)));
  if (!layout) return std::move(layout.error()).at_hdu(at);
  out.layout = std::move(*layout);
  out.data.assign(file->begin() + static_cast<ptrdiff_t>((*table)->data_offset), file->end());
  return out;
}

}  // namespace

Result<ExpandedTable> expand_table(const File& file, const Hdu& hdu, uint64_t max_bytes) {
  if (Status s = check_size(hdu, max_bytes); !s) return std::move(s.error()).at_path(file.path());
  const auto header = read_header(file, hdu);
  if (!header) return header.error();
  if (Status s = check_cells(hdu, *header, TableFile(file, hdu.data_offset), max_bytes); !s)
    return std::move(s.error()).at_path(file.path()).at_hdu(static_cast<int64_t>(hdu.index));
  auto expanded = expand(cfitsio::Session::open(file, hdu), hdu);
  if (!expanded) return std::move(expanded.error()).at_path(file.path());
  return expanded;
}

Result<ExpandedTable> expand_table(ByteSpan bytes, const Hdu& hdu, uint64_t max_bytes) {
  if (Status s = check_size(hdu, max_bytes); !s) return s.error();
  const ByteSpan data = bytes.subspan(std::min<size_t>(hdu.header_length, bytes.size()));
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()),
                                bytes.size() - data.size());
  if (Status s = check_cells(hdu, header, TableMemory(data), max_bytes); !s)
    return std::move(s.error()).at_hdu(static_cast<int64_t>(hdu.index));
  return expand(cfitsio::Session::open_extension(bytes), hdu);
}

}  // namespace fitstream
