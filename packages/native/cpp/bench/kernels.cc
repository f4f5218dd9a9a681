// Runs one piece of the core over and over: to count its instructions under callgrind, and to know
// what a batch costs without Node. `npm run bench -- kernels` starts it.
//
//   fitstream_kernels KERNEL LEVEL TIMES [PATH [HDU]]
//
//   swap-i16, swap-f32, fuse-i16-f32   conversion of pixels in memory: prints pixels of a pass
//   image                              the first rows of an image, open to close: the same
//   batch                              batches of 64 cutouts of one pixel: prints milliseconds
//
// LEVEL is scalar, avx2 or avx512. Only what happens in `fitstream_measured_pass` is to be counted.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch.h"
#include "file.h"
#include "hdu.h"
#include "simd/convert.h"

using namespace fitstream;

// One name, which callgrind is told, for whatever is measured.
extern "C" [[gnu::noipa]] void fitstream_measured_pass(const std::function<void()>& pass) {
  pass();
}

namespace {

constexpr size_t kSyntheticPixels = size_t{1} << 20;
// Enough for every kernel to be at work, few enough for callgrind; whole tiles of 256 rows.
constexpr double kMostRows = 1024;
constexpr size_t kBatch = 64;

struct Arguments {
  std::string kernel;
  int times = 1;
  std::string path;
  uint64_t hdu = 0;
};

[[noreturn]] void fail(const Error& error) {
  std::fprintf(stderr, "%s %s\n", error.what.c_str(), error.path.c_str());
  std::exit(1);
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) fail(result.error());
  return std::move(*result);
}

std::optional<simd::Recipe> recipe_named(std::string_view kernel) {
  simd::Recipe recipe;
  if (kernel == "swap-i16") recipe.stored = recipe.out = Dtype::kInt16;
  if (kernel == "swap-f32") recipe.stored = recipe.out = Dtype::kFloat32;
  if (kernel == "fuse-i16-f32") recipe.stored = Dtype::kInt16, recipe.out = Dtype::kFloat32;
  if (recipe.stored == Dtype::kUint8) return std::nullopt;
  return recipe;
}

void convert_pixels(const simd::Recipe& recipe, int times) {
  const std::vector<std::byte> from(kSyntheticPixels * size_of(recipe.stored), std::byte{1});
  std::vector<std::byte> to(kSyntheticPixels * size_of(recipe.out));
  const simd::Level level = simd::active_level();
  for (int i = 0; i < times; ++i)
    fitstream_measured_pass(
        [&] { simd::convert(recipe, from.data(), to.data(), kSyntheticPixels, level); });
  std::printf("%zu\n", kSyntheticPixels);
}

// An image as an index of a survey has it.
ImageRecord record_of(const File& file, const Hdu& hdu) {
  ImageRecord record{};
  const bool is_compressed = hdu.compressed.has_value();
  const auto& axes = is_compressed ? hdu.compressed->axes : hdu.axes;
  record.header_offset = static_cast<double>(hdu.header_offset);
  record.data_offset = static_cast<double>(hdu.data_offset);
  record.file_size = static_cast<double>(file.size());
  record.mtime_ms = file.stamp().mtime_ms;
  record.bscale = hdu.scaling.bscale;
  record.bzero = hdu.scaling.bzero;
  record.path_length = static_cast<uint32_t>(file.path().size());
  record.hdu = static_cast<uint32_t>(hdu.index);
  record.bitpix = static_cast<int8_t>(is_compressed ? hdu.compressed->bitpix : hdu.bitpix);
  record.is_compressed = is_compressed;
  record.rank = static_cast<uint8_t>(axes.size());
  for (size_t i = 0; i < axes.size(); ++i)
    record.shape[i] = static_cast<double>(axes[axes.size() - 1 - i]);
  return record;
}

ImageRecord find_image(const Arguments& arguments) {
  const File file = value_of(File::open(arguments.path));
  const HduWalk walk = value_of(walk_hdus(file, arguments.hdu));
  if (walk.hdus.size() <= arguments.hdu || walk.hdus[arguments.hdu].axes.size() != 2)
    fail(Error::of(ErrorCode::kBadArgument, "no picture in that HDU"));
  return record_of(file, walk.hdus[arguments.hdu]);
}

void read_batch(BatchReader& reader, const BatchRequest& request) {
  const auto failed = value_of(reader.read(request));
  if (!failed.empty()) fail(failed.front().error);
}

void read_first_rows(const Arguments& arguments) {
  const ImageRecord record = find_image(arguments);
  const double rows = std::min(record.shape[0], kMostRows);
  const double samples[4] = {0, 0, 0, 0};
  BatchRequest request;
  request.images = {&record, 1};
  request.paths = arguments.path;
  request.samples = samples;
  request.shape = {static_cast<uint64_t>(rows), static_cast<uint64_t>(record.shape[1])};
  request.stride = {1, 1};
  request.out = *dtype_of_bitpix(record.bitpix);
  const uint64_t pixels = request.shape[0] * request.shape[1];
  std::vector<std::byte> target(pixels * size_of(request.out));
  request.targets = {target};
  request.sample_step = target.size();
  for (int i = 0; i < arguments.times; ++i) {
    // A new reader each time: nothing is kept open, no tile is known.
    fitstream_measured_pass([&] {
      BatchReader reader(simd::active_level());
      read_batch(reader, request);
    });
  }
  std::printf("%llu\n", static_cast<unsigned long long>(pixels));
}

// As Node asks for it: files stay mapped, by a core that can.
template <typename Request>
void declare_immutable(Request& request) {
  if constexpr (requires { request.is_immutable; }) request.is_immutable = true;
}

// The request of `emptyCalls` in packages/bench/src/own-batches.ts.
void read_empty_batches(const Arguments& arguments) {
  const ImageRecord record = find_image(arguments);
  std::vector<double> samples;
  for (size_t i = 0; i < kBatch; ++i) {
    const double row[4] = {static_cast<double>(i), 0, 9, static_cast<double>(4 * i + 3)};
    samples.insert(samples.end(), row, row + 4);
  }
  BatchRequest request;
  request.images = {&record, 1};
  request.paths = arguments.path;
  request.samples = samples;
  request.shape = request.stride = {1, 1};
  request.out = *dtype_of_bitpix(record.bitpix);
  std::vector<std::byte> target(kBatch * size_of(request.out));
  request.targets = {target};
  request.sample_step = size_of(request.out);
  declare_immutable(request);
  BatchReader reader(simd::active_level());
  for (int i = 0; i < 100; ++i) read_batch(reader, request);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < arguments.times; ++i) read_batch(reader, request);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", took.count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "fitstream_kernels KERNEL LEVEL TIMES [PATH [HDU]]\n");
    return 2;
  }
  setenv("FITSTREAM_SIMD", argv[2], 1);
  if (simd::level_name(simd::active_level()) != argv[2]) {
    std::fprintf(stderr, "this CPU has no %s\n", argv[2]);
    return 3;
  }
  Arguments arguments{argv[1], std::atoi(argv[3]), argc > 4 ? argv[4] : "",
                      argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 0};
  if (const auto recipe = recipe_named(arguments.kernel))
    convert_pixels(*recipe, arguments.times);
  else if (arguments.kernel == "image")
    read_first_rows(arguments);
  else if (arguments.kernel == "batch")
    read_empty_batches(arguments);
  else
    return 2;
  return 0;
}
