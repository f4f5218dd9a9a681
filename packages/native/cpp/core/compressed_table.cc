#include "compressed_table.h"

#include "cfitsio/session.h"
#include "cfitsio/table.h"
#include "header.h"

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
  auto expanded = expand(cfitsio::Session::open_file(file.path(), hdu.index), hdu);
  if (!expanded) return std::move(expanded.error()).at_path(file.path());
  return expanded;
}

Result<ExpandedTable> expand_table(ByteSpan bytes, const Hdu& hdu, uint64_t max_bytes) {
  if (Status s = check_size(hdu, max_bytes); !s) return s.error();
  return expand(cfitsio::Session::open_extension(bytes), hdu);
}

}  // namespace fitstream
