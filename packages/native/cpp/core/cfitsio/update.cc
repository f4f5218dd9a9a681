#include "update.h"

#include <algorithm>
#include <optional>

#include "../header.h"
#include "error.h"
#include "file_edit.h"
#include "keyword_writer.h"
#include "open_file.h"
#include "table_writer.h"

namespace fitstream::cfitsio {
namespace {

// Runs an edit from its begin to its finish; errors name the file and the HDU.
template <typename Work>
Status edit(const std::string& path, const UpdateOptions& options, const Progress& progress,
            const Work& work) {
  auto file = FileEdit::begin(path, options.in_place, progress.cancel);
  if (!file) return std::move(file.error()).at_path(path);
  Status done = work(*file);
  if (done) done = file->finish(options.sync);
  if (done) return done;
  Error e = std::move(done.error());
  e.path = path;  // not that of the copy
  return e;
}

// The same, on one HDU.
template <typename Work>
Status edit_hdu(const std::string& path, const HduSelector& selector, const UpdateOptions& options,
                const Progress& progress, const Work& work) {
  return edit(path, options, progress, [&](FileEdit& file) -> Status {
    const auto hdu = file.find(selector);
    if (!hdu) return hdu.error();
    Status done = work(file, *hdu);
    if (done) return done;
    return std::move(done.error()).at_hdu(static_cast<int64_t>(hdu->index));
  });
}

bool has_checksum(std::string_view header) {
  return find_card(header, "CHECKSUM") || find_card(header, "DATASUM");
}

// Opens the HDU in CFITSIO, lets it be changed, and brings its checksums up to date.
template <typename Work>
Status change(const FileEdit& file, const Hdu& hdu, const Work& work) {
  const auto header = read_header(file.original(), hdu);
  if (!header) return header.error();
  auto opened = OpenFile::open(file.working_path(), hdu.index);
  if (!opened) return opened.error();
  if (Status s = work(opened->get()); !s) return s;
  if (has_checksum(*header))
    if (Status s = update_checksum(opened->get()); !s) return s;
  return opened->close();
}

// Records that the changes take at most.
uint64_t records_of(const std::vector<KeywordChange>& changes) {
  uint64_t records = 2;  // CHECKSUM and DATASUM, where one of them is missing
  for (const KeywordChange& c : changes) {
    const auto* text = std::get_if<std::string>(&c.keyword.value);
    // In pairs of quotes a character takes two.
    if (!c.is_deleted) records += 2 + (text ? 2 * text->size() / (kCardString - 2) : 0);
  }
  return records;
}

Status check_room(const Hdu& hdu, const std::vector<KeywordChange>& changes) {
  const uint64_t room = hdu.header_length / kCard - hdu.cards - 1;
  if (records_of(changes) <= room) return ok();
  return Error::of(ErrorCode::kUnsupported, "in place no data can move",
                   "keywords of at most " + std::to_string(room) + " cards",
                   std::to_string(records_of(changes)));
}

Status change_keyword(fitsfile* file, const std::vector<Card>& cards, const KeywordChange& change) {
  const std::string& name = change.keyword.keyword;
  const auto old = std::find_if(cards.begin(), cards.end(), [&](const Card& c) {
    return std::equal(c.keyword.begin(), c.keyword.end(), name.begin(), name.end(),
                      [](char a, char b) {
                        return std::toupper(static_cast<unsigned char>(a)) ==
                               std::toupper(static_cast<unsigned char>(b));
                      });
  });
  const bool is_there = old != cards.end();
  // CFITSIO leaves the CONTINUE cards of a string that becomes something else.
  if (is_there && (change.is_deleted || old->records > 1) && !is_commentary(old->keyword)) {
    int status = 0;
    fits_delete_key(file, name.c_str(), &status);
    if (status) {
      Error e = error_of(status, "cannot delete the keyword");
      e.keyword = name;
      return e;
    }
  }
  return change.is_deleted ? ok() : write_keyword(file, change.keyword);
}

Status check_table(const Hdu& hdu) {
  const bool is_table = hdu.kind == HduKind::kBinTable || hdu.kind == HduKind::kAsciiTable;
  if (!is_table || !hdu.table)
    return Error::of(ErrorCode::kBadArgument, "this HDU is no table", "a table",
                     std::string(hdu_kind_name(hdu.kind)));
  if (hdu.defect) return *hdu.defect;
  if (hdu.table->is_compressed)
    return Error::of(ErrorCode::kUnsupported, "compressed tables are not changed");
  const auto rows = checked_mul(hdu.table->rows, hdu.table->row_length);
  if (rows && *rows <= hdu.data_length && hdu.table->heap_offset <= hdu.data_length) return ok();
  return Error::of(ErrorCode::kCorrupt, "the table's rows or heap leave its data");
}

Result<RowEncoder> encoder_of(const FileEdit& file, const Hdu& hdu,
                              const std::vector<ColumnCells>& cells) {
  if (Status can = check_table(hdu); !can) return can.error();
  const auto header = read_header(file.original(), hdu);
  if (!header) return header.error();
  auto layout = layout_of_table(hdu, parse_cards(*header));
  if (!layout) return layout.error();
  return RowEncoder::make(std::move(*layout), cells, hdu.data_length - hdu.table->heap_offset);
}

// Says in the header how many rows and how long a heap there are now.
Status grow_table(fitsfile* file, const Hdu& hdu, const Growth& growth, uint64_t rows) {
  const uint64_t old_rows = hdu.table->rows * hdu.table->row_length;
  const auto heap = static_cast<LONGLONG>(hdu.data_length - old_rows + growth.heap);
  int status = 0;
  fits_modify_key_lng(file, "NAXIS2", static_cast<LONGLONG>(rows), "&", &status);
  fits_modify_key_lng(file, "PCOUNT", heap, "&", &status);
  // CFITSIO believes the heap that it knows more than the header.
  file->Fptr->heapsize = heap;
  LONGLONG old_heap = 0;
  int absent = 0;
  fits_read_key_lnglng(file, "THEAP", &old_heap, nullptr, &absent);
  if (!absent)
    fits_modify_key_lng(file, "THEAP", static_cast<LONGLONG>(hdu.table->heap_offset + growth.rows),
                        "&", &status);
  fits_clear_errmsg();
  fits_set_hdustruc(file, &status);
  if (status) return error_of(status, "cannot make room for the rows");
  return ok();
}

// Cells into rows from `first` on; rows beyond the last one are added.
Status put_rows(FileEdit& file, const Hdu& hdu, uint64_t first, RowEncoder& encoder,
                const Progress& progress) {
  const TableFrame& frame = *hdu.table;
  const bool is_appended = first == frame.rows;
  const auto added = checked_mul(is_appended ? encoder.rows() : 0, frame.row_length);
  if (!added) return Error::of(ErrorCode::kSizeOverflow, "the size of the table overflows");
  const Growth growth{*added, encoder.heap_length()};
  if (Status s = file.prepare(hdu, growth, progress.cancel); !s) return s;
  if (!is_appended)
    if (Status s = file.keep(hdu.data_offset + first * frame.row_length,
                             encoder.rows() * frame.row_length);
        !s)
      return s;
  return change(file, hdu, [&](fitsfile* opened) -> Status {
    const uint64_t rows = frame.rows + (is_appended ? encoder.rows() : 0);
    if (growth.rows + growth.heap > 0)
      if (Status s = grow_table(opened, hdu, growth, rows); !s) return s;
    return write_rows(opened, encoder, first, hdu.data_length + growth.rows, progress);
  });
}

}  // namespace

Status append_hdu(const std::string& path, const HduToWrite& hdu, bool checksum,
                  const UpdateOptions& options, const Progress& progress) {
  if (Status s = check_hdu(hdu); !s) return std::move(s.error()).at_path(path);
  return edit(path, options, progress, [&](FileEdit& file) -> Status {
    if (file.walk().damage) return *file.walk().damage;
    const Hdu& last = file.walk().hdus.back();
    if (file.original().size() > last.end())
      return Error::of(ErrorCode::kCorrupt, "bytes that are no HDU follow the last one", {},
                       std::to_string(file.original().size() - last.end()) + " bytes");
    if (Status s = file.prepare(last, {}, progress.cancel); !s) return s;
    auto opened = OpenFile::open(file.working_path(), last.index);
    if (!opened) return opened.error();
    if (Status s = write_hdu(opened->get(), hdu, checksum, progress); !s)
      return std::move(s.error()).at_hdu(static_cast<int64_t>(last.index + 1));
    return opened->close();
  });
}

Status update_keywords(const std::string& path, const HduSelector& selector,
                       const std::vector<KeywordChange>& changes, const UpdateOptions& options,
                       const Progress& progress) {
  return edit_hdu(path, selector, options, progress, [&](FileEdit& file, const Hdu& hdu) -> Status {
    if (options.in_place)
      if (Status s = check_room(hdu, changes); !s) return s;
    const auto header = read_header(file.original(), hdu);
    if (!header) return header.error();
    const std::vector<Card> cards = parse_cards(*header);
    if (Status s = file.prepare(hdu, {}, progress.cancel); !s) return s;
    return change(file, hdu, [&](fitsfile* opened) -> Status {
      for (const KeywordChange& c : changes)
        if (Status s = change_keyword(opened, cards, c); !s) return s;
      return ok();
    });
  });
}

Result<uint64_t> append_rows(const std::string& path, const HduSelector& selector,
                             const std::vector<ColumnCells>& cells, const UpdateOptions& options,
                             const Progress& progress) {
  uint64_t first = 0;
  Status done =
      edit_hdu(path, selector, options, progress, [&](FileEdit& file, const Hdu& hdu) -> Status {
        auto encoder = encoder_of(file, hdu, cells);
        if (!encoder) return encoder.error();
        if (const auto missing = encoder->missing(); !missing.empty())
          return Error::of(ErrorCode::kBadArgument, "new rows need cells of every column",
                           "cells of column '" + missing.front() + "'", "none");
        first = hdu.table->rows;
        return put_rows(file, hdu, first, *encoder, progress);
      });
  if (!done) return done.error();
  return first;
}

Status update_rows(const std::string& path, const HduSelector& selector, uint64_t first,
                   const std::vector<ColumnCells>& cells, const UpdateOptions& options,
                   const Progress& progress) {
  return edit_hdu(path, selector, options, progress, [&](FileEdit& file, const Hdu& hdu) -> Status {
    auto encoder = encoder_of(file, hdu, cells);
    if (!encoder) return encoder.error();
    const uint64_t rows = hdu.table->rows;
    if (first > rows || encoder->rows() > rows - first)
      return Error::of(ErrorCode::kOutOfBounds, "the table has no such rows",
                       "up to row " + std::to_string(rows),
                       std::to_string(encoder->rows()) + " from row " + std::to_string(first));
    return put_rows(file, hdu, first, *encoder, progress);
  });
}

}  // namespace fitstream::cfitsio
