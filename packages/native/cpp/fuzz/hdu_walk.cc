// A whole file: all that can be asked of it is asked. Input: the file.
#include <algorithm>

#include "batch.h"
#include "compressed_image.h"
#include "compressed_table.h"
#include "header.h"
#include "header_batch.h"
#include "support.h"
#include "table/descriptors.h"
#include "unpack.h"

namespace fitstream::fuzz {
namespace {

constexpr size_t kMaxHdus = 12;
constexpr size_t kMaxColumns = 40;
constexpr uint64_t kMaxPixels = 1 << 12;
// Tiles of HCOMPRESS_1 and PLIO_1 that are larger take longer than their bytes are worth here: a
// few of these stand for any number of pixels, up to a limit of the core.
constexpr uint64_t kMaxTilePixels = 1 << 20;

// A box of few pixels at the near or the far end of every axis.
Window corner(const std::vector<uint64_t>& shape, bool is_far, uint64_t stride) {
  Window window = whole_window(shape);
  uint64_t left = kMaxPixels;
  for (size_t i = shape.size(); i-- > 0;) {
    window.stride[i] = stride;
    window.shape[i] = std::min((shape[i] + stride - 1) / stride, left);
    if (window.shape[i] == 0) continue;
    left /= window.shape[i];
    if (is_far) window.origin[i] = shape[i] - ((window.shape[i] - 1) * stride + 1);
  }
  return window;
}

std::vector<Window> corners(const std::vector<uint64_t>& shape) {
  return {corner(shape, false, 1), corner(shape, true, 1), corner(shape, false, 3)};
}

uint64_t pixels_of(const Window& window) {
  uint64_t n = window.shape.empty() ? 0 : 1;
  for (const uint64_t side : window.shape) n *= side;
  return n;
}

std::vector<Dtype> dtypes_of(const ImageLayout& layout) {
  return {natural_dtype(layout.stored, layout.scaling), Dtype::kFloat32, Dtype::kFloat64};
}

// The bytes of the ranges, one after the other; nothing where the file ends sooner.
std::optional<Bytes> fetch(const File& file, const std::vector<ByteRange>& ranges) {
  Bytes out;
  for (const ByteRange& range : ranges) {
    if (range.offset > file.size() || range.length > file.size() - range.offset)
      return std::nullopt;
    out.resize(out.size() + range.length);
    if (!file.read(range.offset, MutableByteSpan(out).last(range.length))) return std::nullopt;
  }
  return out;
}

// What a file gives, and what its bytes give that were fetched: the same.
void check_image(const File& file, const ImageLayout& layout) {
  Scratch scratch;
  for (const Window& window : corners(layout.shape)) {
    for (const Dtype out : dtypes_of(layout)) {
      const auto plan = plan_image(layout, window, out);
      if (!plan) continue;
      Bytes pixels(plan->out_length());
      std::vector<uint8_t> mask(plan->pixels);
      const auto undefined =
          read_image(file, *plan, {pixels, mask}, scratch, levels().back(), nullptr);
      if (!undefined) continue;
      const auto packed = fetch(file, ranges_of(*plan));
      require(packed.has_value(), "what is read is there");
      for (const auto level : levels()) {
        Bytes again(pixels.size());
        std::vector<uint8_t> mask_again(mask.size());
        const auto decoded = decode_packed(*plan, *packed, {again, mask_again}, level);
        require(decoded && *decoded == *undefined && again == pixels && mask_again == mask,
                "fetched bytes give the pixels of the file");
      }
    }
  }
}

// Whether tiles stay small, whatever their streams are.
bool is_bounded(const CompressedImage& image) {
  std::optional<uint64_t> tile = 1;
  for (const uint64_t side : image.tile) tile = tile ? checked_mul(*tile, side) : tile;
  const bool is_dense = image.codec.starts_with("HCOMPRESS") || image.codec.starts_with("PLIO");
  return !is_dense || (tile && *tile <= kMaxTilePixels);
}

// The image in its file, and the same bytes in memory.
void check_compressed_image(const std::string& path, ByteSpan whole, const Hdu& hdu) {
  if (!hdu.compressed || !is_bounded(*hdu.compressed)) return;
  auto file = File::open(path);
  require(bool(file), "a file in memory opens again");
  auto reader = CompressedImageReader::open(std::move(*file), hdu);
  auto in_memory = CompressedImageReader::open(whole.subspan(hdu.header_offset), hdu);
  require(bool(reader) == bool(in_memory), "an image in memory opens as it does in a file");
  if (!reader) return;
  for (const Window& window : corners(reader->layout().shape)) {
    for (const Dtype out : dtypes_of(reader->layout())) {
      Bytes pixels(pixels_of(window) * size_of(out));
      Bytes again(pixels.size());
      const auto read = reader->read(window, out, {pixels, {}}, nullptr, 2);
      const auto read_again = in_memory->read(window, out, {again, {}}, nullptr, 1);
      require(bool(read) == bool(read_again) && (!read || pixels == again),
              "an image in memory has the pixels of its file");
    }
  }
}

bool is_same(const ColumnData& a, const ColumnData& b) {
  return std::ranges::equal(a.values, b.values) && std::ranges::equal(a.offsets, b.offsets) &&
         a.elements == b.elements && a.nulls == b.nulls;
}

// Some columns from the file and from memory.
template <typename Table>
bool read_both(const Table& table, const TableBytes& bytes, const TableBytes& in_memory,
               TableRequest request) {
  request.max_bytes = kMaxBytes;
  request.level = levels().back();
  const auto data = read_columns(table, bytes, request);
  request.threads = 2;
  const auto again = read_columns(table, in_memory, request);
  require(bool(data) == bool(again), "a table in memory is read as it is in its file");
  if (!data) return false;
  for (size_t i = 0; i < data->size(); ++i) {
    require((*data)[i].values.size() <= kMaxBytes, "no more comes out than the limit");
    require(is_same((*data)[i], (*again)[i]), "a table in memory has the values of its file");
  }
  return true;
}

template <typename Table>
void read_columns_of(const Table& table, const TableLayout& layout, const TableBytes& bytes,
                     const TableBytes& in_memory) {
  const uint64_t rows = std::min<uint64_t>(layout.frame.rows, 1000);
  TableRequest all;
  all.rows.range = {0, rows};
  for (size_t c = 0; c < std::min(layout.columns.size(), kMaxColumns); ++c) {
    TableRequest one;
    one.columns = {c};
    one.rows.range = {0, rows};
    if (read_both(table, bytes, in_memory, one)) all.columns.push_back(c);
    if (rows == 0) continue;
    one.rows.list = {rows - 1, 0, layout.frame.rows - 1, rows / 2};
    read_both(table, bytes, in_memory, one);
  }
  read_both(table, bytes, in_memory, all);
}

void check_table(const File& file, ByteSpan whole, const Hdu& hdu, const std::vector<Card>& cards) {
  const TableFile bytes(file, hdu.data_offset);
  const TableMemory in_memory(whole.subspan(std::min<uint64_t>(hdu.data_offset, whole.size())));
  const auto layout = layout_of_table(hdu, cards);
  if (!layout) return;
  if (layout->frame.is_compressed) {
    const auto table = compressed_table_of(hdu, cards);
    if (table) read_columns_of(*table, table->layout, bytes, in_memory);
    return;
  }
  for (const TableLayout& way : {*layout, as_stored(*layout), as_bytes(*layout)})
    read_columns_of(way, way, bytes, in_memory);
  for (size_t c = 0; c < std::min(layout->columns.size(), kMaxColumns); ++c)
    if (layout->columns[c].is_variable) static_cast<void>(read_descriptors(*layout, bytes, c));
}

// The image as a survey of files records it, which leaves the rest to its reader.
void check_batch(const File& file, const Hdu& hdu) {
  const auto& axes = hdu.compressed ? hdu.compressed->axes : hdu.axes;
  if (axes.empty() || axes.size() > kMaxBatchAxes || hdu.defect) return;
  ImageRecord record{};
  record.header_offset = static_cast<double>(hdu.header_offset);
  record.data_offset = static_cast<double>(hdu.data_offset);
  record.file_size = static_cast<double>(file.size());
  record.mtime_ms = file.stamp().mtime_ms;
  record.bscale = hdu.scaling.bscale;
  record.bzero = hdu.scaling.bzero;
  record.blank = hdu.scaling.blank.value_or(0);
  record.has_blank = hdu.scaling.blank.has_value();
  record.path_length = static_cast<uint32_t>(file.path().size());
  record.hdu = static_cast<uint32_t>(hdu.index);
  record.bitpix = static_cast<int8_t>(hdu.compressed ? hdu.compressed->bitpix : hdu.bitpix);
  record.is_compressed = hdu.compressed.has_value();
  record.rank = static_cast<uint8_t>(axes.size());
  for (size_t i = 0; i < axes.size(); ++i)
    record.shape[i] = static_cast<double>(axes[axes.size() - 1 - i]);

  std::vector<double> samples;
  for (double place = 0; place < 3; ++place) {
    samples.insert(samples.end(), {place, 0.0});
    for (size_t i = 0; i < axes.size(); ++i) samples.push_back(place * 2 - 1);
  }
  const std::vector<uint64_t> ones(axes.size(), 1);
  const std::vector<uint64_t> shape(axes.size(), 3);
  BatchRequest request;
  request.images = {&record, 1};
  request.paths = file.path();
  request.samples = samples;
  request.shape = shape;
  request.stride = ones;
  request.pad = -1;
  request.sample_step = size_of(request.out);
  for (const uint64_t side : shape) request.sample_step *= side;
  Bytes target(3 * request.sample_step);
  request.targets = {target};
  require(bool(BatchReader(levels().back()).read(request)), "a request that makes sense is done");
}

void check_hdu(const File& file, ByteSpan whole, const Hdu& hdu) {
  const auto header = read_header(file, hdu);
  require(bool(header), "a header that was found is read");
  const auto cards = parse_cards(*header);
  if (const auto layout = layout_of(hdu)) check_image(file, *layout);
  if (hdu.kind == HduKind::kCompressedImage) check_compressed_image(file.path(), whole, hdu);
  if (hdu.table) check_table(file, whole, hdu, cards);
  if (hdu.kind == HduKind::kImage) check_batch(file, hdu);
}

void check_headers(const std::string& path) {
  const std::vector<std::string> paths{path};
  const HeaderQuery queries[] = {
      {paths, {0, {}, {}}}, {paths, {1, {}, {}}}, {paths, {0, "SCI", 1}}};
  for (const HeaderQuery& query : queries) {
    static_cast<void>(read_keywords(query, {"NAXIS", "OBJECT", "ESO DET ID", "BZERO"}));
    static_cast<void>(read_headers(query));
  }
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  const Bytes bytes = copy_of(std::as_bytes(std::span(data, size)));
  const MemoryFile stored(bytes);
  const auto file = File::open(stored.path());
  require(bool(file), "a file in memory opens");
  static_cast<void>(check_not_packed(*file));
  check_headers(stored.path());
  const auto walk = walk_hdus(*file, kMaxHdus - 1);
  if (!walk) return 0;
  for (const Hdu& hdu : walk->hdus) check_hdu(*file, bytes, hdu);
  return 0;
}
