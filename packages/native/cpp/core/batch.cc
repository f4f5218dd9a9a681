#include "batch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fitstream {
namespace {

// Compressed images kept open by one reader. Those of remote files hold the HDU's bytes.
constexpr size_t kOpenImages = 16;
constexpr uint64_t kOpenBytes = uint64_t{256} << 20;

// A double that counts something, as JavaScript hands it over.
std::optional<uint64_t> count_of(double v) {
  if (!(v >= 0) || v > 9007199254740992.0 || v != std::trunc(v)) return std::nullopt;
  return static_cast<uint64_t>(v);
}

Error bad_request(std::string what) { return Error::of(ErrorCode::kBadArgument, std::move(what)); }

Result<ImageLayout> layout_of_record(const ImageRecord& record) {
  const auto stored = dtype_of_bitpix(record.bitpix);
  const auto offset = count_of(record.data_offset);
  if (!stored || !offset || record.rank > kMaxBatchAxes)
    return bad_request("a broken image record");
  ImageLayout layout;
  layout.stored = *stored;
  layout.data_offset = *offset;
  layout.scaling = {record.bscale, record.bzero, std::nullopt};
  if (record.has_blank) layout.scaling.blank = record.blank;
  for (size_t i = 0; i < record.rank; ++i) {
    const auto n = count_of(record.shape[i]);
    if (!n) return bad_request("a broken image record");
    layout.shape.push_back(*n);
  }
  return layout;
}

FileStamp stamp_of_record(const ImageRecord& record) {
  return {static_cast<uint64_t>(record.file_size), record.mtime_ms};
}

// The file of an image, which must be what it was when the image was indexed.
Result<File> open_recorded(const BatchRequest& request, const ImageRecord& record,
                           const std::string& path) {
  auto file = request.is_immutable ? File::open_immutable(path) : File::open(path);
  if (!file) return file;
  if (Status same = check_stamp(file->stamp(), stamp_of_record(record), path); !same)
    return same.error();
  return file;
}

// A compressed image of a request: its HDU from the file, or from what was fetched.
Result<CompressedImageReader> open_compressed(const BatchRequest& request, uint32_t image,
                                              const std::string& path) {
  const ImageRecord& record = request.images[image];
  const auto header_offset = count_of(record.header_offset);
  if (!header_offset) return bad_request("a broken image record");
  if (request.is_fetched) {
    const auto shard =
        std::ranges::find(request.fetched.shards, image, &FetchedBytes::Shard::image);
    if (shard == request.fetched.shards.end()) return bad_request("an HDU was not fetched");
    const std::string_view text(reinterpret_cast<const char*>(shard->hdu.data()),
                                shard->hdu.size());
    auto hdu = scan_hdu(text, *header_offset, record.hdu);
    if (!hdu) return hdu.error();
    if (!*hdu) return Error::of(ErrorCode::kTruncated, "the fetched HDU has no END card");
    return CompressedImageReader::open(shard->hdu, **hdu);
  }
  auto file = open_recorded(request, record, path);
  if (!file) return file.error();
  auto hdu = hdu_at(*file, *header_offset, record.hdu);
  if (!hdu) return hdu.error();
  if (!*hdu) return Error::of(ErrorCode::kTruncated, "the HDU is not there");
  return CompressedImageReader::open(std::move(*file), **hdu);
}

}  // namespace

// One request being worked off.
class BatchReader::Run {
 public:
  Run(BatchReader& reader, const BatchRequest& request)
      : reader_(reader),
        request_(request),
        window_{std::vector<int64_t>(request.shape.size()), request.shape, request.stride,
                request.pad},
        inside_{std::vector<uint64_t>(request.shape.size()), request.shape, request.stride} {}

  Status prepare() {
    const size_t rank = request_.shape.size();
    if (request_.stride.size() != rank || rank > kMaxBatchAxes)
      return bad_request("shape and stride must have the same number of axes, at most 8");
    row_ = rank + 2;
    if (request_.samples.size() % row_ != 0) return bad_request("samples must be whole rows");
    samples_ = request_.samples.size() / row_;
    std::optional<uint64_t> bytes = size_of(request_.out);
    for (const uint64_t n : request_.shape) bytes = bytes ? checked_mul(*bytes, n) : bytes;
    if (!bytes) return Error::of(ErrorCode::kSizeOverflow, "the size of a sample overflows");
    sample_bytes_ = *bytes;
    if (request_.sample_step < sample_bytes_) return bad_request("samples must not overlap");
    if (Status s = prepare_targets(); !s) return s;
    for (size_t i = 0; i < samples_; ++i) {
      const auto place = count_of(request_.samples[i * row_]);
      if (!place || *place / places_each_ >= request_.targets.size())
        return bad_request("the target memory is too small for the batch");
    }
    return ok();
  }

  std::vector<FailedSample> read_all() {
    std::vector<size_t> order(samples_);
    std::iota(order.begin(), order.end(), size_t{0});
    // Samples of one file are read together, whatever their place in the batch: it is opened once.
    // Fetched bytes lie in the order of the samples.
    if (!request_.is_fetched)
      std::stable_sort(order.begin(), order.end(),
                       [&](size_t a, size_t b) { return image_of(a) < image_of(b); });
    std::vector<FailedSample> failed;
    for (std::span<const size_t> left(order); !left.empty();) {
      const auto together = left.first(run_length(left));
      left = left.subspan(together.size());
      if (together.size() > 1 && read_together(together)) continue;
      for (const size_t i : together) {
        Status done = read_sample(i);
        if (done) continue;
        std::ranges::fill(target_of(i), std::byte{0});
        failed.push_back({place_of(i), std::move(done.error())});
      }
    }
    std::ranges::sort(failed, {}, &FailedSample::place);
    return failed;
  }

 private:
  // How many places a target has.
  Status prepare_targets() {
    if (request_.targets.empty()) return bad_request("a batch needs target memory");
    const size_t length = request_.targets[0].size();
    for (const MutableByteSpan target : request_.targets)
      if (target.size() != length) return bad_request("targets must be of equal length");
    if (samples_ > 0 && length < sample_bytes_)
      return bad_request("the target memory is too small for the batch");
    if (request_.sample_step > 0 && length >= sample_bytes_)
      places_each_ = (length - sample_bytes_) / request_.sample_step + 1;
    return ok();
  }

  // Checked in prepare().
  uint64_t place_of(size_t sample) const {
    return static_cast<uint64_t>(request_.samples[sample * row_]);
  }
  double image_of(size_t sample) const { return request_.samples[sample * row_ + 1]; }
  MutableByteSpan target_of(size_t sample) const {
    const uint64_t place = place_of(sample);
    return request_.targets[place / places_each_].subspan(
        place % places_each_ * request_.sample_step, sample_bytes_);
  }

  // Moves window_ to where the sample's is.
  Status move_window(size_t sample) {
    for (size_t i = 0; i < request_.shape.size(); ++i) {
      const double origin = request_.samples[sample * row_ + 2 + i];
      if (!count_of(std::abs(origin))) return bad_request("the origin of a window must be whole");
      window_.origin[i] = static_cast<int64_t>(origin);
    }
    return ok();
  }

  // The image of a sample, and where it lies.
  struct Place {
    uint32_t index;
    const ImageRecord& record;
    std::string path;
  };
  Result<Place> place_of_image(size_t sample) const {
    const auto index = count_of(image_of(sample));
    if (!index || *index >= request_.images.size()) return bad_request("no such image");
    const ImageRecord& record = request_.images[*index];
    if (record.path_offset > request_.paths.size() ||
        record.path_length > request_.paths.size() - record.path_offset)
      return bad_request("a broken image record");
    return Place{static_cast<uint32_t>(*index), record,
                 std::string(request_.paths.substr(record.path_offset, record.path_length))};
  }

  // How many of the samples, from the first on, are of one compressed image.
  size_t run_length(std::span<const size_t> samples) const {
    const auto index = count_of(image_of(samples[0]));
    size_t n = 1;
    if (!index || *index >= request_.images.size() || !request_.images[*index].is_compressed)
      return n;
    while (n < samples.size() && image_of(samples[n]) == image_of(samples[0])) ++n;
    return n;
  }

  // Cutouts of one compressed image: a tile that several of them need is decoded once.
  Status read_together(std::span<const size_t> samples) {
    const auto place = place_of_image(samples[0]);
    if (!place) return place.error();
    auto reader = reader_.compressed(request_, place->index, place->path);
    if (!reader) return reader.error();
    std::vector<PaddedWindow> padded;
    std::vector<ClippedWindow> clipped;
    std::vector<WindowTarget> windows;
    for (const size_t sample : samples) {
      if (Status moved = move_window(sample); !moved) return moved;
      auto clip_of = clip(window_, (*reader)->layout().shape);
      if (!clip_of) return clip_of.error();
      const auto inside = inside_target(window_, *clip_of, request_.out, {target_of(sample), {}});
      if (!inside) return inside.error();
      windows.push_back({clip_of->inside, inside->pixels});
      padded.push_back(window_);
      clipped.push_back(std::move(*clip_of));
    }
    if (Status s = (*reader)->read_windows(windows, request_.out, request_.cancel); !s) return s;
    for (size_t i = 0; i < samples.size(); ++i) {
      const ImageTarget target{target_of(samples[i]), {}};
      if (Status s = fill_outside(padded[i], clipped[i], request_.out, target); !s) return s;
    }
    return ok();
  }

  Status read_sample(size_t sample) {
    if (is_cancelled(request_.cancel))
      return Error::of(ErrorCode::kAborted, "the read was aborted");
    if (!plain_ || static_cast<double>(plain_->place.index) != image_of(sample)) {
      plain_.reset();
      auto place = place_of_image(sample);
      if (!place) return place.error();
      if (place->record.is_compressed) return located(read_compressed(sample, *place), *place);
      if (Status s = open_plain(*place); !s) return located(std::move(s), *place);
    }
    return located(read_plain(sample), plain_->place);
  }

  static Status located(Status done, const Place& place) {
    if (!done) return std::move(done.error()).at_path(place.path).at_hdu(place.record.hdu);
    return done;
  }

  Status read_compressed(size_t sample, const Place& place) {
    if (Status moved = move_window(sample); !moved) return moved;
    auto reader = reader_.compressed(request_, place.index, place.path);
    if (!reader) return reader.error();
    return done_or_error(
        read_padded(window_, (*reader)->layout().shape, request_.out, {target_of(sample), {}},
                    [&](const Window& inside, ImageTarget to) {
                      return (*reader)->read(inside, request_.out, to, request_.cancel);
                    }));
  }

  Status open_plain(Place& place) {
    auto layout = layout_of_record(place.record);
    if (!layout) return layout.error();
    if (!request_.is_fetched)
      if (Status opened = open(place.record, place.path); !opened) return opened;
    plain_.emplace(std::move(place), std::move(*layout));
    return ok();
  }

  Status read_plain(size_t sample) {
    if (Status moved = move_window(sample); !moved) return moved;
    const auto is_negative = [](int64_t n) { return n < 0; };
    if (!request_.pad && std::ranges::none_of(window_.origin, is_negative)) {
      // Nothing to clip: it lies inside, or reading it fails.
      std::ranges::copy(window_.origin, inside_.origin.begin());
      return done_or_error(read_inside(inside_, {target_of(sample), {}}));
    }
    return done_or_error(
        read_padded(window_, plain_->layout.shape, request_.out, {target_of(sample), {}},
                    [&](const Window& inside, ImageTarget to) { return read_inside(inside, to); }));
  }

  Result<uint64_t> read_inside(const Window& window, ImageTarget target) {
    const auto plan = plan_image(plain_->layout, window, request_.out);
    if (!plan) return plan.error();
    if (request_.is_fetched) return decode_fetched(*plan, target);
    return read_image(*file_, *plan, target, reader_.scratch_, reader_.level_, request_.cancel);
  }

  static Status done_or_error(const Result<uint64_t>& r) { return r ? ok() : Status(r.error()); }

  // The file stays open for the samples after this one that lie in it.
  Status open(const ImageRecord& record, const std::string& path) {
    if (file_ && file_->path() == path)
      return check_stamp(file_->stamp(), stamp_of_record(record), path);
    file_.reset();
    auto file = open_recorded(request_, record, path);
    if (!file) return file.error();
    file_.emplace(std::move(*file));
    return ok();
  }

  Result<uint64_t> decode_fetched(const ImagePlan& plan, ImageTarget target) {
    const uint64_t length = plan.runs() * plan.run_length();
    if (length > request_.fetched.packed.size() - fetched_at_)
      return bad_request("fewer bytes were fetched than the batch needs");
    const ByteSpan packed = request_.fetched.packed.subspan(fetched_at_, length);
    fetched_at_ += length;
    return decode_packed(plan, packed, target, reader_.level_);
  }

  // The plain image of the last sample, as a rule that of the next one.
  struct PlainImage {
    Place place;
    ImageLayout layout;
  };

  BatchReader& reader_;
  const BatchRequest& request_;
  // The windows of the last sample: as asked for, and of the same shape inside an image.
  PaddedWindow window_;
  Window inside_;
  std::optional<PlainImage> plain_;
  size_t row_ = 1;
  size_t samples_ = 0;
  uint64_t sample_bytes_ = 0;
  uint64_t places_each_ = 1;
  uint64_t fetched_at_ = 0;
  std::optional<File> file_;
};

// The image if it is open; null where it is not, or where its file was cut off.
CompressedImageReader* BatchReader::find_open(const std::string& key) {
  const auto found = std::ranges::find(open_, key, &OpenImage::key);
  if (found == open_.end()) return nullptr;
  open_.splice(open_.begin(), open_, found);
  if (found->reader.check_views()) return &found->reader;
  open_.erase(found);
  return nullptr;
}

void BatchReader::keep_open(std::string key, CompressedImageReader reader) {
  open_.push_front({std::move(key), std::move(reader)});
  const auto held = [&] {
    uint64_t bytes = 0;
    for (const OpenImage& image_open : open_) bytes += image_open.reader.held_bytes();
    return bytes;
  };
  while (open_.size() > 1 && (open_.size() > kOpenImages || held() > kOpenBytes)) open_.pop_back();
}

Result<CompressedImageReader*> BatchReader::compressed(const BatchRequest& request, uint32_t image,
                                                       const std::string& path) {
  const ImageRecord& record = request.images[image];
  std::string key = path + '\0' + std::to_string(record.header_offset) + '\0' +
                    std::to_string(record.file_size) + '\0' + std::to_string(record.mtime_ms);
  if (CompressedImageReader* const open = find_open(key)) {
    if (request.is_fetched) return open;
    const auto stamp = stat_file(path);
    if (!stamp) return stamp.error();
    if (Status same = check_stamp(*stamp, stamp_of_record(record), path); !same)
      return same.error();
    return open;
  }
  auto opened = open_compressed(request, image, path);
  if (!opened) return opened.error();
  keep_open(std::move(key), std::move(*opened));
  return &open_.front().reader;
}

Result<std::vector<FailedSample>> BatchReader::read(const BatchRequest& request) {
  Run run(*this, request);
  if (Status s = run.prepare(); !s) return s.error();
  return run.read_all();
}

}  // namespace fitstream
