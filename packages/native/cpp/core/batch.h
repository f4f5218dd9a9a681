// Many samples in one call: cutouts and whole images of many files, decoded straight to their
// places in a batch. What describes them is flat memory, so that threads share it without copies.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compressed_image.h"
#include "file.h"
#include "image.h"
#include "padded_window.h"

namespace fitstream {

inline constexpr size_t kMaxBatchAxes = 8;

// One image of a survey, as src/image-table.ts packs it. Plain memory: field order and offsets are
// a contract between the two files.
struct ImageRecord {
  double header_offset;
  double data_offset;
  double file_size;
  double mtime_ms;
  double bscale;
  double bzero;
  int64_t blank;
  uint32_t path_offset;
  uint32_t path_length;
  uint32_t hdu;
  int8_t bitpix;  // ZBITPIX for a compressed image
  uint8_t is_compressed;
  uint8_t rank;
  uint8_t has_blank;
  double shape[kMaxBatchAxes];  // C order
};
static_assert(sizeof(ImageRecord) == 136);

// Bytes that were fetched for the samples of a batch.
struct FetchedBytes {
  // Plain images: the runs of all samples (of what lies inside the image), packed in the order of
  // the samples. Empty for files.
  ByteSpan packed;
  // Compressed images: whole HDUs (header and data), by index in the image table.
  struct Shard {
    uint32_t image;
    ByteSpan hdu;
  };
  std::vector<Shard> shards;
};

struct BatchRequest {
  std::span<const ImageRecord> images;
  std::string_view paths;  // all of them, one after the other
  // One row a sample: its place in the batch, the index of its image, the origin of its window (C
  // order), which may be negative. Places may come in any order and leave gaps.
  std::span<const double> samples;
  // The same window shape and stride for all; shape.size() is the rank of every image.
  std::vector<uint64_t> shape;
  std::vector<uint64_t> stride;
  std::optional<double> pad;  // for pixels outside; nothing: windows must lie inside
  Dtype out = Dtype::kFloat32;
  // Memory of the places: one piece, or several of equal length, one after the other.
  std::vector<MutableByteSpan> targets;
  uint64_t sample_step = 0;   // bytes from one place to the next in a target
  bool is_immutable = false;  // no file changes while this process lives: see open_immutable
  bool is_fetched = false;    // read from `fetched` instead of from files
  FetchedBytes fetched;
  CancelFlag cancel = nullptr;
};

struct FailedSample {
  uint64_t place;
  Error error;
};

// Reads batches on one thread. Keeps scratch memory and a few compressed images open.
class BatchReader {
 public:
  explicit BatchReader(simd::Level level) : level_(level) {}

  // Decodes every sample it can; the places of those that fail are zero. Fails as a whole only
  // when the request contradicts itself.
  Result<std::vector<FailedSample>> read(const BatchRequest& request);

 private:
  struct OpenImage {
    std::string key;
    CompressedImageReader reader;
  };
  class Run;

  CompressedImageReader* find_open(const std::string& key);
  void keep_open(std::string key, CompressedImageReader reader);
  Result<CompressedImageReader*> compressed(const BatchRequest& request, uint32_t image,
                                            const std::string& path);

  simd::Level level_;
  Scratch scratch_;
  std::list<OpenImage> open_;  // most recently used first
};

}  // namespace fitstream
