// `fuzz_seeds OUT [FOLDER]`: writes inputs that the targets begin with to OUT/<target>, made from
// small files of its own and from the FITS files in FOLDER.
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "file.h"
#include "header.h"
#include "seed_files.h"
#include "tile/coding.h"

namespace fitstream::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLongestFile = 64 << 10;
constexpr uint64_t kLongestHeader = 16 << 10;
constexpr uint64_t kLongestStream = 4 << 10;
constexpr size_t kMostHdus = 5;   // of one file
constexpr size_t kMostTiles = 8;  // of one image

template <typename T>
void put(Bytes& to, T value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}
template <typename T>
void put_be(Bytes& to, T value) {
  put(to, swap_bytes(value));
}
void append(Bytes& to, ByteSpan bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
Bytes joined(std::initializer_list<uint8_t> first, ByteSpan rest) {
  Bytes out;
  for (const uint8_t byte : first) put(out, byte);
  append(out, rest);
  return out;
}

class Seeds {
 public:
  explicit Seeds(fs::path out) : out_(std::move(out)) {}

  void add(const std::string& target, ByteSpan bytes) {
    const fs::path folder = out_ / target;
    fs::create_directories(folder);
    std::ofstream file(folder / ("seed-" + std::to_string(counts_[target]++)), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  size_t count() const {
    size_t n = 0;
    for (const auto& [target, count] : counts_) n += count;
    return n;
  }

 private:
  fs::path out_;
  std::map<std::string, size_t> counts_;
};

// A tile of a compressed image.
struct TileStream {
  TileEntry entry;
  Bytes bytes;
};

// The first tiles of an image; none where it makes no sense.
std::vector<TileStream> tiles_of(const File& file, const Hdu& hdu, const TileCoding& coding,
                                 uint64_t most) {
  std::vector<TileStream> tiles;
  Bytes row(coding.row_length());
  for (uint64_t i = 0; i < std::min(most, hdu.table->rows); ++i) {
    if (!file.read(hdu.data_offset + i * row.size(), row)) break;
    const auto entry = coding.entry(i, row.data());
    if (!entry) break;
    TileStream tile{*entry, Bytes(entry->stream.length)};
    if (!file.read(hdu.data_offset + entry->stream.offset, tile.bytes)) break;
    tiles.push_back(std::move(tile));
  }
  return tiles;
}

// RICE streams of one length, as that target cuts its input.
void add_rice(Seeds& seeds, const RiceCoding& coding, const std::vector<TileStream>& tiles) {
  size_t longest = 0;
  for (const TileStream& tile : tiles) longest = std::max(longest, tile.bytes.size());
  uint8_t first = coding.block == 16 ? 0x80 : 0;
  while (1 << first % 3 != coding.bytes_per_pixel) ++first;
  Bytes seed;
  put(seed, first);
  put(seed, uint16_t{255});
  put(seed, static_cast<uint8_t>(tiles.size() - 1));
  put(seed, uint8_t{3});
  for (TileStream tile : tiles) {
    tile.bytes.resize(longest);
    append(seed, tile.bytes);
  }
  seeds.add("rice", seed);
}

void add_streams(Seeds& seeds, const TileCoding& coding, std::vector<TileStream> tiles) {
  std::erase_if(tiles, [](const TileStream& tile) {
    return tile.bytes.size() > kLongestStream || tile.entry.column == TileColumn::kPlain;
  });
  if (tiles.empty()) return;
  if (coding.codec() == TileCodec::kRice && tiles[0].entry.column == TileColumn::kCoded)
    return add_rice(seeds, coding.rice(), tiles);
  const Bytes& stream = tiles.front().bytes;
  if (coding.codec() == TileCodec::kHcompress) {
    for (uint8_t flags = 0; flags < 4; ++flags) seeds.add("hcompress", joined({flags}, stream));
  } else if (coding.codec() == TileCodec::kPlio) {
    seeds.add("plio", joined({255, 3, 10, 0}, stream));
  } else if (coding.codec() != TileCodec::kNone) {
    seeds.add("gzip", joined({0, 16}, stream));
    seeds.add("unpack", joined({255, 255}, stream));
  }
}

void add_hdu(Seeds& seeds, const File& file, const Hdu& hdu) {
  const auto header = read_header(file, hdu);
  if (!header) return;
  if (header->size() <= kLongestHeader) seeds.add("header", std::as_bytes(std::span(*header)));
  if (hdu.kind != HduKind::kCompressedImage || hdu.defect) return;
  const auto coding = TileCoding::of(hdu, *header);
  if (coding) add_streams(seeds, *coding, tiles_of(file, hdu, *coding, kMostTiles));
}

void add_file(Seeds& seeds, ByteSpan bytes) {
  if (bytes.size() <= kLongestFile) seeds.add("hdu_walk", bytes);
  const MemoryFile stored(bytes);
  const auto file = File::open(stored.path());
  if (!file) return;
  const auto walk = walk_hdus(*file, kMostHdus - 1);
  if (!walk) return;
  for (const Hdu& hdu : walk->hdus) add_hdu(seeds, *file, hdu);
}

// The data unit of the target `compressed_image`: rows, then the streams.
Bytes data_unit_of(const ImageKind& kind, const std::vector<TileStream>& tiles) {
  Bytes rows;
  Bytes heap;
  for (const TileStream& tile : tiles) {
    const bool is_plio = tile.entry.column == TileColumn::kCoded && kind.codec[0] == 'P';
    const size_t element = is_plio ? 2
                           : tile.entry.column == TileColumn::kPlain
                               ? size_of(*dtype_of_bitpix(kind.bitpix))
                               : 1;
    for (const TileColumn column : {TileColumn::kCoded, TileColumn::kGzip, TileColumn::kPlain}) {
      const bool is_there = tile.entry.column == column;
      put_be(rows, static_cast<uint32_t>(is_there ? tile.bytes.size() / element : 0));
      put_be(rows, static_cast<uint32_t>(is_there ? heap.size() : 0));
    }
    if (row_length_of(kind) > kDescriptors) {
      const Quantization q = tile.entry.quantization.value_or(Quantization{});
      put_be(rows, std::bit_cast<uint64_t>(q.scale));
      put_be(rows, std::bit_cast<uint64_t>(q.zero));
    }
    append(heap, tile.bytes);
  }
  append(rows, heap);
  return rows;
}

// Tiles that are not compressed, which every kind may have.
std::vector<TileStream> plain_tiles(const ImageKind& kind) {
  uint64_t bytes = size_of(*dtype_of_bitpix(kind.bitpix));
  for (const uint64_t side : kind.tile) bytes *= side;
  TileStream tile;
  tile.entry.column = TileColumn::kPlain;
  tile.bytes.assign(bytes, std::byte{7});
  return std::vector<TileStream>(tiles_of(kind), tile);
}

void add_compressed_image(Seeds& seeds, uint8_t number, const ImageKind& kind) {
  seeds.add("compressed_image", joined({number, 9}, data_unit_of(kind, plain_tiles(kind))));
  const auto bytes = compressed_image_file(kind);
  if (!bytes) return;
  add_file(seeds, *bytes);
  const MemoryFile stored(*bytes);
  const auto file = File::open(stored.path());
  const auto walk = file ? walk_hdus(*file) : Result<HduWalk>(file.error());
  require(walk && walk->hdus.size() == 2, "CFITSIO writes two HDUs");
  const auto header = read_header(*file, walk->hdus[1]);
  const auto coding = TileCoding::of(walk->hdus[1], *header);
  require(bool(coding), "what CFITSIO writes is understood");
  const auto tiles = tiles_of(*file, walk->hdus[1], *coding, tiles_of(kind));
  seeds.add("compressed_image", joined({number, 9}, data_unit_of(kind, tiles)));
}

// The data unit of the second HDU.
Bytes data_unit_of(ByteSpan bytes) {
  const MemoryFile stored(bytes);
  const auto file = File::open(stored.path());
  const auto walk = file ? walk_hdus(*file) : Result<HduWalk>(file.error());
  require(walk && walk->hdus.size() == 2, "CFITSIO writes two HDUs");
  const Hdu& hdu = walk->hdus[1];
  return copy_of(bytes.subspan(hdu.data_offset, hdu.data_length));
}

void add_tables(Seeds& seeds) {
  constexpr uint8_t kRows = 9;
  constexpr uint8_t kTileRows = 4;
  uint8_t number = 0;
  for (const TableKind& kind : table_kinds()) {
    const auto bytes = table_file(kind, kRows, std::nullopt);
    if (bytes) add_file(seeds, *bytes);
    const Bytes data = bytes ? data_unit_of(*bytes) : Bytes(kRows * kind.row_length);
    seeds.add("table", joined({number++, kRows, 4, 0}, data));
  }
  number = 0;
  for (const TableKind& kind : compressed_table_kinds()) {
    const auto bytes = table_file(kind, kRows, kTileRows);
    if (bytes) add_file(seeds, *bytes);
    const Bytes data =
        bytes ? data_unit_of(*bytes) : Bytes(stored_length_of(kind, kRows, kTileRows));
    seeds.add("compressed_table", joined({number++, kRows, kTileRows - 1, 5}, data));
  }
}

// `content` as a file that is compressed as a whole.
Bytes packed_by(int filter, ByteSpan content) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_add_filter(writer.get(), filter);
  archive_write_set_format_raw(writer.get());
  Bytes out(kLongestFile);
  size_t length = 0;
  archive_write_open_memory(writer.get(), out.data(), out.size(), &length);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_write_header(writer.get(), entry.get());
  archive_write_data(writer.get(), content.data(), content.size());
  archive_write_close(writer.get());
  out.resize(length);
  return out;
}

// One instruction after another, of the operations of the target where.
void add_conditions(Seeds& seeds, ByteSpan cells) {
  const std::vector<std::vector<uint8_t>> programs{
      {0, 0, 2, 0, 16, 0},                            // column 0 < integer 0
      {0, 0, 0, 1, 12, 0, 1, 0, 14, 0},               // column 0 % column 1 = number 0
      {0, 3, 25, 1, 0, 2, 20, 0, 22, 0},              // NOT (column 3 LIKE text 1 AND column 2)
      {0, 0, 24, 0, 0, 3, 24, 3, 21, 0},              // column 0 IN list 0 OR column 3 IN list 3
      {0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 40, 0},          // within, of columns and numbers
      {0, 0, 13, 0, 27, 0, 0, 1, 31, 0, 5, 0, 8, 0},  // arithmetic, with a null
  };
  for (const std::vector<uint8_t>& program : programs)
    for (size_t dtype = 0; dtype < 10; ++dtype) {
      Bytes input;
      const size_t rows = dtype % 3 == 0 ? 255 : 2;
      for (const size_t byte : {rows, dtype, 9 - dtype, dtype, size_t{1}, program.size() / 2})
        input.push_back(static_cast<std::byte>(byte));
      append(input, std::as_bytes(std::span(program)));
      append(input, cells);
      seeds.add("where", input);
    }
}

void add_small(Seeds& seeds) {
  const Bytes images = images_file();
  add_file(seeds, images);
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_COMPRESS}) {
    const Bytes packed = packed_by(filter, ByteSpan(images).first(2 * kBlock));
    seeds.add("unpack", joined({255, 255}, packed));
    if (filter == ARCHIVE_FILTER_GZIP) seeds.add("gzip", joined({128, 22}, packed));
  }
  const ByteSpan some = ByteSpan(images).first(200);
  add_conditions(seeds, some);
  for (uint8_t i = 0; i < 8; ++i) {
    seeds.add("shuffle", joined({i}, some));
    seeds.add("checksum", joined({i, 0}, some));
    // A window of 5 x 3 with every second pixel, from an image of 20 x 10; it begins outside.
    seeds.add("padded_window", joined({i,   static_cast<uint8_t>(i + 2),
                                       1,   20,
                                       255, 5,
                                       2,   10,
                                       8,   3,
                                       2,   15,
                                       0,   0,
                                       0,   0,
                                       0,   0,
                                       0,   0,
                                       0,   0,
                                       63,  9},
                                      some));
  }
}

bool is_packed(const fs::path& path) {
  const std::string extension = path.extension();
  return extension == ".gz" || extension == ".bz2" || extension == ".Z" || extension == ".zip";
}

void add_folder(Seeds& seeds, const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.file_size() < 4 << 20) paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const ByteSpan bytes = std::as_bytes(std::span(text));
    if (!is_packed(path))
      add_file(seeds, bytes);
    else if (bytes.size() <= kLongestFile)
      seeds.add("unpack", joined({255, 255}, bytes));
  }
}

}  // namespace
}  // namespace fitstream::fuzz

int main(int count, char** arguments) {
  using namespace fitstream::fuzz;
  if (count < 2) {
    std::fprintf(stderr, "usage: fuzz_seeds OUT [FOLDER]\n");
    return 2;
  }
  Seeds seeds(arguments[1]);
  add_small(seeds);
  for (uint8_t i = 0; i < image_kinds().size(); ++i)
    add_compressed_image(seeds, i, image_kinds()[i]);
  add_tables(seeds);
  if (count > 2) add_folder(seeds, arguments[2]);
  std::printf("%zu seeds\n", seeds.count());
  return 0;
}
