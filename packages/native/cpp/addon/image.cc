#include "image.h"

#include "addon.h"
#include "compressed_image.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

// What readImage and its relatives are asked for, out of JavaScript's hands.
struct ImageJob {
  std::string path;
  ByteSpan bytes;  // instead of a path: the HDU's header and data
  uint64_t hdu = 0;
  std::optional<uint64_t> header_offset;  // unknown: walk there
  std::optional<ImageLayout> layout;      // known: no header is looked at
  std::optional<FileStamp> stamp;         // what the file must still be
  std::optional<PaddedWindow> window;
  std::optional<Dtype> dtype;
  bool is_immutable = false;  // the file may be mapped
  bool is_raw = false;        // stored values, without BSCALE and BZERO
  size_t threads = 1;         // that decode tiles, at most
  ImageTarget target;
  CancelFlag cancel = nullptr;
};

Result<Hdu> find_hdu(const ImageJob& job, const File& file) {
  if (job.header_offset) {
    auto hdu = hdu_at(file, *job.header_offset, job.hdu);
    if (!hdu) return hdu.error();
    if (*hdu) return std::move(**hdu);
  } else {
    auto walk = walk_hdus(file, job.hdu);
    if (!walk) return walk.error();
    if (walk->hdus.size() > job.hdu) return std::move(walk->hdus[job.hdu]);
    if (walk->damage) return *walk->damage;
  }
  return Error::of(ErrorCode::kOutOfBounds, "the file has no such HDU", {}, std::to_string(job.hdu))
      .at_path(job.path);
}

// Reads the window of a job by `read(const Window&, Dtype, ImageTarget)`.
template <typename Read>
Result<uint64_t> read_window(const ImageJob& job, const ImageLayout& layout, const Read& read) {
  const Dtype out = job.dtype.value_or(natural_dtype(layout.stored, layout.scaling));
  return read_padded(
      job.window.value_or(padded(whole_window(layout.shape))), layout.shape, out, job.target,
      [&](const Window& inside, ImageTarget target) { return read(inside, out, target); });
}

Result<uint64_t> read_plain(const ImageJob& job, const File& file, Result<ImageLayout> layout) {
  if (!layout) return layout.error();
  if (job.is_raw) *layout = unscaled(std::move(*layout));
  return read_window(
      job, *layout, [&](const Window& window, Dtype out, ImageTarget target) -> Result<uint64_t> {
        const auto plan = plan_image(*layout, window, out);
        if (!plan) return plan.error();
        Scratch scratch;
        return read_image(file, *plan, target, scratch, simd::active_level(), job.cancel);
      });
}

Result<uint64_t> read_tiles(const ImageJob& job, Result<CompressedImageReader> reader) {
  if (!reader) return reader.error();
  if (job.is_raw) reader->ignore_scaling();
  return read_window(job, reader->layout(),
                     [&](const Window& window, Dtype out, ImageTarget target) {
                       return reader->read(window, out, target, job.cancel, job.threads);
                     });
}

// An error says in which file and HDU it is.
Result<uint64_t> at_hdu_of(const ImageJob& job, Result<uint64_t> result) {
  if (result) return result;
  return std::move(result.error()).at_path(job.path).at_hdu(static_cast<int64_t>(job.hdu));
}

Result<uint64_t> read_job(const ImageJob& job) {
  auto file = job.is_immutable ? File::open_immutable(job.path) : File::open(job.path);
  if (!file) return file.error();
  if (Status same = check_unchanged(*file, job.stamp); !same) return same.error();
  if (job.layout) return at_hdu_of(job, read_plain(job, *file, *job.layout));
  auto hdu = find_hdu(job, *file);
  if (!hdu) return hdu.error();
  auto blanks = hdu->kind == HduKind::kCompressedImage
                    ? read_tiles(job, CompressedImageReader::open(std::move(*file), *hdu))
                    : read_plain(job, *file, layout_of(*hdu));
  return at_hdu_of(job, std::move(blanks));
}

// { hdu, headerOffset?, layout?, stamp?, immutable?, window?, dtype?, raw?, out, mask?, cancel? }
ImageJob job_from(const Napi::Value& value, Pins& pins) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "job must be an object");
  const Napi::Object o = value.As<Napi::Object>();
  ImageJob job;
  job.hdu = count_from(o.Get("hdu"), "hdu");
  if (const Napi::Value at = o.Get("headerOffset"); at.IsNumber())
    job.header_offset = count_from(at, "headerOffset");
  if (const Napi::Value stamp = o.Get("stamp"); stamp.IsObject()) {
    const Napi::Object s = stamp.As<Napi::Object>();
    job.stamp = FileStamp{count_from(s.Get("size"), "size"),
                          s.Get("mtimeMs").As<Napi::Number>().DoubleValue()};
  }
  job.window = window_from(o.Get("window"), "window");
  job.dtype = optional_dtype_from(o.Get("dtype"), "dtype");
  if (const Napi::Value layout = o.Get("layout"); layout.IsObject())
    job.layout = layout_from(layout, "layout");
  job.is_immutable = o.Get("immutable").ToBoolean();
  job.is_raw = o.Get("raw").ToBoolean();
  if (const Napi::Value threads = o.Get("threads"); threads.IsNumber())
    job.threads = count_from(threads, "threads");
  job.target.pixels = bytes_from(o.Get("out"), "out");
  const MutableByteSpan mask = optional_bytes_from(o.Get("mask"), "mask");
  job.target.mask = {reinterpret_cast<uint8_t*>(mask.data()), mask.size()};
  job.cancel = cancel_flag_from(o.Get("cancel"), "cancel");
  for (const char* pinned : {"out", "mask", "cancel"}) pins.add(o.Get(pinned));
  return job;
}

Napi::Value blank_count(Napi::Env env, uint64_t& count) {
  return Napi::Number::New(env, static_cast<double>(count));
}

Napi::Value read(const Napi::CallbackInfo& info, bool is_async) {
  Pins pins;
  ImageJob job = job_from(info[1], pins);
  job.path = string_from(info[0], "path");
  return run<uint64_t>(
      info.Env(), is_async, std::move(pins), [job = std::move(job)] { return read_job(job); },
      blank_count);
}
Napi::Value read_image_sync(const Napi::CallbackInfo& info) { return read(info, false); }
Napi::Value read_image_async(const Napi::CallbackInfo& info) { return read(info, true); }

// decodeCompressed(bytes, headerOffset, job): an HDU that was fetched whole.
Napi::Value decode_compressed(const Napi::CallbackInfo& info) {
  Pins pins;
  ImageJob job = job_from(info[2], pins);
  job.bytes = bytes_from(info[0], "bytes");
  pins.add(info[0]);
  return PromiseWorker<uint64_t>::run(
      info.Env(), std::move(pins),
      [job = std::move(job), offset = count_from(info[1], "headerOffset")]() -> Result<uint64_t> {
        const std::string_view text(reinterpret_cast<const char*>(job.bytes.data()),
                                    job.bytes.size());
        auto hdu = scan_hdu(text, offset, job.hdu);
        if (!hdu) return hdu.error();
        if (!*hdu) return Error::of(ErrorCode::kNoEnd, "the header has no END card");
        return read_tiles(job, CompressedImageReader::open(job.bytes, **hdu));
      },
      blank_count);
}

// What (layout, window?, dtype?) ask for.
struct PlanRequest {
  explicit PlanRequest(const Napi::CallbackInfo& info)
      : layout(layout_from(info[0], "layout")),
        window(window_from(info[1], "window").value_or(padded(whole_window(layout.shape)))),
        out(optional_dtype_from(info[2], "dtype")
                .value_or(natural_dtype(layout.stored, layout.scaling))) {}

  // Of the part that lies inside the image.
  Result<ImagePlan> plan() const {
    const auto clipped = clip(window, layout.shape);
    if (!clipped) return clipped.error();
    return plan_image(layout, clipped->inside, out);
  }

  ImageLayout layout;
  PaddedWindow window;
  Dtype out;
};

// checkImage(layout, window?, dtype?): throws what planning it would throw.
Napi::Value check(const Napi::CallbackInfo& info) {
  value_or_throw(info.Env(), PlanRequest(info).plan());
  return info.Env().Undefined();
}

// planImage(layout, window?, dtype?): { offsets, runLength }.
Napi::Value plan(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ImagePlan plan = value_or_throw(env, PlanRequest(info).plan());
  const std::vector<ByteRange> ranges = ranges_of(plan);
  Napi::Float64Array offsets = Napi::Float64Array::New(env, ranges.size());
  for (size_t i = 0; i < ranges.size(); ++i) offsets[i] = static_cast<double>(ranges[i].offset);
  Napi::Object out = Napi::Object::New(env);
  out.Set("offsets", offsets);
  out.Set("runLength", Napi::Number::New(env, static_cast<double>(plan.run_length())));
  return out;
}

// decodeImage(layout, window?, dtype?, packed, out, mask?): number of BLANK pixels.
Napi::Value decode(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PlanRequest request(info);
  const ByteSpan packed = bytes_from(info[3], "packed");
  const MutableByteSpan mask = optional_bytes_from(info[5], "mask");
  const ImageTarget target{bytes_from(info[4], "out"),
                           {reinterpret_cast<uint8_t*>(mask.data()), mask.size()}};
  auto decoded = read_padded(request.window, request.layout.shape, request.out, target,
                             [&](const Window& window, ImageTarget to) -> Result<uint64_t> {
                               const auto plan = plan_image(request.layout, window, request.out);
                               if (!plan) return plan.error();
                               return decode_packed(*plan, packed, to, simd::active_level());
                             });
  uint64_t blanks = value_or_throw(env, std::move(decoded));
  return blank_count(env, blanks);
}

}  // namespace

void export_image(Napi::Env env, Napi::Object exports) {
  exports.Set("readImage", Napi::Function::New(env, read_image_async, "readImage"));
  exports.Set("readImageSync", Napi::Function::New(env, read_image_sync, "readImageSync"));
  exports.Set("decodeCompressed", Napi::Function::New(env, decode_compressed, "decodeCompressed"));
  exports.Set("checkImage", Napi::Function::New(env, check, "checkImage"));
  exports.Set("planImage", Napi::Function::New(env, plan, "planImage"));
  exports.Set("decodeImage", Napi::Function::New(env, decode, "decodeImage"));
}

}  // namespace fitstream::addon
