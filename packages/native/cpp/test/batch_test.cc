// Batches against the same windows read one by one.
#include "batch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "cfitsio/writer.h"
#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::values_of;

// A file of the survey: `is_compressed` images are in HDU 1, others in HDU 0.
struct SurveyFile {
  Dtype dtype;
  std::vector<uint64_t> shape;
  bool is_compressed;
};

class BatchTest : public testing::Test {
 protected:
  struct Sample {
    uint64_t place;
    double image;
    std::vector<double> origin;
  };

  void SetUp() override {
    const std::vector<SurveyFile> files = {{Dtype::kInt16, {60, 80}, false},
                                           {Dtype::kInt16, {60, 80}, true},
                                           {Dtype::kFloat32, {100, 50}, false},
                                           {Dtype::kUint16, {64, 64}, false},
                                           {Dtype::kInt32, {50, 60}, true}};
    for (size_t i = 0; i < files.size(); ++i) add(dir_.file(std::to_string(i) + ".fits"), files[i]);
  }

  // Writes a file and its record.
  void add(const std::string& path, const SurveyFile& file) {
    Bytes pixels;
    uint64_t n = 1;
    for (const uint64_t x : file.shape) n *= x;
    for (uint64_t i = 0; i < n; ++i)
      test::with_type(file.dtype, [&](auto zero) {
        test::put_native(pixels, static_cast<decltype(zero)>(random_.between(0, 30000)));
      });
    cfitsio::ImageToWrite image{file.dtype, file.shape, pixels, {}};
    if (file.is_compressed) image.compression = cfitsio::TileCompression{"RICE_1", {}, 0, 1};
    ASSERT_OK(cfitsio::write_file(path, {{image, {}}}, {}, {}));
    paths_.push_back(path);
    hdus_.push_back(test::hdu_of(path, file.is_compressed ? 1 : 0));
    const auto layout =
        file.is_compressed ? layout_of_compressed(hdus_.back()) : layout_of(hdus_.back());
    const FileStamp stamp = *stat_file(path);
    ImageRecord record{};
    record.header_offset = static_cast<double>(hdus_.back().header_offset);
    record.data_offset = static_cast<double>(hdus_.back().data_offset);
    record.file_size = static_cast<double>(stamp.size);
    record.mtime_ms = stamp.mtime_ms;
    record.bscale = layout->scaling.bscale;
    record.bzero = layout->scaling.bzero;
    record.path_offset = static_cast<uint32_t>(path_text_.size());
    record.path_length = static_cast<uint32_t>(path.size());
    record.hdu = static_cast<uint32_t>(hdus_.back().index);
    record.bitpix = static_cast<int8_t>(file.is_compressed ? hdus_.back().compressed->bitpix
                                                           : hdus_.back().bitpix);
    record.is_compressed = file.is_compressed;
    record.rank = static_cast<uint8_t>(layout->shape.size());
    for (size_t i = 0; i < layout->shape.size(); ++i)
      record.shape[i] = static_cast<double>(layout->shape[i]);
    path_text_ += path;
    records_.push_back(record);
  }

  // A request for these samples; rows and target live as long as the fixture.
  BatchRequest request(const std::vector<Sample>& samples, uint64_t places,
                       const std::vector<uint64_t>& shape = {16, 20}) {
    BatchRequest r;
    r.images = records_;
    r.paths = path_text_;
    r.shape = shape;
    r.stride.assign(shape.size(), 2);
    rows_.clear();
    for (const Sample& s : samples) {
      rows_.push_back(static_cast<double>(s.place));
      rows_.push_back(s.image);
      rows_.insert(rows_.end(), s.origin.begin(), s.origin.end());
    }
    r.samples = rows_;
    r.sample_step = 16 * 20 * sizeof(float) + 24;  // with room between the places
    target_.assign(places * r.sample_step, std::byte{0xee});
    r.targets = {target_};
    return r;
  }

  // The pixels of a sample, read alone.
  Bytes expected(const BatchRequest& r, const Sample& s) {
    const auto image = static_cast<size_t>(s.image);
    Window window{{}, r.shape, r.stride};
    for (const double origin : s.origin) window.origin.push_back(static_cast<uint64_t>(origin));
    if (!records_[image].is_compressed)
      return test::read_window(paths_[image], *layout_of(hdus_[image]), window, r.out)->bytes;
    auto reader = CompressedImageReader::open(std::move(*File::open(paths_[image])), hdus_[image]);
    Bytes pixels(r.shape[0] * r.shape[1] * size_of(r.out));
    EXPECT_TRUE(reader->read(window, r.out, {pixels, {}}, nullptr));
    return pixels;
  }
  ByteSpan place(const BatchRequest& r, uint64_t index) {
    return ByteSpan(target_).subspan(index * r.sample_step, 16 * 20 * sizeof(float));
  }
  void expect_sample(const BatchRequest& r, const Sample& s) {
    const Bytes wanted = expected(r, s);
    EXPECT_TRUE(std::ranges::equal(place(r, s.place), wanted)) << "place " << s.place;
  }
  bool is_filled_with(ByteSpan bytes, std::byte value) {
    return std::ranges::all_of(bytes, [=](std::byte b) { return b == value; });
  }

  // Random samples at random places, not all of them taken.
  std::vector<Sample> random_samples(size_t n, size_t places) {
    std::vector<uint64_t> free(places);
    for (size_t i = 0; i < places; ++i) free[i] = i;
    std::vector<Sample> samples;
    for (size_t i = 0; i < n; ++i) {
      std::swap(free[i], free[random_.between(i, places - 1)]);
      const auto image = random_.between(0, records_.size() - 1);
      const ImageRecord& record = records_[image];
      const auto most_y = static_cast<uint64_t>(record.shape[0]) - 31;
      const auto most_x = static_cast<uint64_t>(record.shape[1]) - 39;
      samples.push_back({free[i],
                         static_cast<double>(image),
                         {static_cast<double>(random_.between(0, most_y)),
                          static_cast<double>(random_.between(0, most_x))}});
    }
    return samples;
  }

  test::TempDir dir_;
  test::Random random_{27};
  std::vector<std::string> paths_;
  std::string path_text_;
  std::vector<Hdu> hdus_;
  std::vector<ImageRecord> records_;
  std::vector<double> rows_;
  Bytes target_;
  BatchReader reader_{simd::detected_level()};
};

TEST_F(BatchTest, DecodesSamplesOfManyFilesToTheirPlaces) {
  for (int round = 0; round < 3; ++round) {
    const std::vector<Sample> samples = random_samples(30, 40);
    const BatchRequest r = request(samples, 40);
    const auto failed = reader_.read(r);
    ASSERT_OK(failed);
    EXPECT_TRUE(failed->empty());
    std::vector<bool> is_taken(40);
    for (const Sample& s : samples) {
      expect_sample(r, s);
      is_taken[s.place] = true;
    }
    // What no sample asked for stays as it was: free places, and the room between all of them.
    for (uint64_t i = 0; i < 40; ++i) {
      EXPECT_TRUE(is_taken[i] || is_filled_with(place(r, i), std::byte{0xee}));
      EXPECT_TRUE(is_filled_with(ByteSpan(target_).subspan((i + 1) * r.sample_step - 24, 24),
                                 std::byte{0xee}));
    }
  }
}

TEST_F(BatchTest, GoesOnInTheNextTargetWhereOneIsFull) {
  const std::vector<Sample> samples = random_samples(30, 40);
  BatchRequest r = request(samples, 40);
  ASSERT_TRUE(reader_.read(r)->empty());
  const Bytes whole = target_;
  // Four pieces of ten places, in another order than in the batch, and with no room behind the last
  // place.
  const size_t length = 10 * r.sample_step - 24;
  std::vector<Bytes> pieces(4, Bytes(length, std::byte{0xee}));
  r.targets = {pieces[2], pieces[0], pieces[3], pieces[1]};
  ASSERT_TRUE(reader_.read(r)->empty());
  for (size_t i = 0; i < 4; ++i) {
    const ByteSpan expected = ByteSpan(whole).subspan(i * 10 * r.sample_step, length);
    EXPECT_TRUE(std::ranges::equal(r.targets[i], expected));
  }
}

TEST_F(BatchTest, ReadsWholeImagesOfAnyRank) {
  add(dir_.file("cube.fits"), {Dtype::kInt16, {3, 4, 5}, false});
  BatchRequest r = request({{0, 5, {0, 0, 0}}}, 1, {3, 4, 5});
  r.stride = {1, 1, 1};
  r.out = Dtype::kInt16;
  ASSERT_TRUE(reader_.read(r)->empty());
  const auto alone =
      test::read_window(paths_[5], *layout_of(hdus_[5]), whole_window({3, 4, 5}), Dtype::kInt16);
  EXPECT_TRUE(std::ranges::equal(ByteSpan(target_).first(120), alone->bytes));
}

TEST_F(BatchTest, ZeroesAndReportsWhatFailsAndReadsTheRest) {
  paths_.push_back(dir_.file("none.fits"));
  ImageRecord absent = records_[0];
  absent.path_offset = static_cast<uint32_t>(path_text_.size());
  absent.path_length = static_cast<uint32_t>(paths_.back().size());
  path_text_ += paths_.back();
  records_.push_back(absent);
  ImageRecord broken = records_[0];
  broken.bitpix = 7;
  records_.push_back(broken);
  ImageRecord lost = records_[0];
  lost.path_length = 1000000;
  records_.push_back(lost);

  const std::vector<Sample> good = {{1, 0, {3, 4}}, {4, 1, {5, 6}}, {9, 2, {7, 8}}};
  std::vector<Sample> samples = {{6, 5, {0, 0}},  {0, 0, {50, 0}}, {2, 1, {50, 0}},
                                 {3, 99, {0, 0}}, {5, 0, {-1, 0}}, {7, 0, {0.5, 0}},
                                 {8, 6, {0, 0}},  {10, 7, {0, 0}}, {11, -1, {0, 0}}};
  samples.insert(samples.begin() + 3, good.begin(), good.end());
  const BatchRequest r = request(samples, 12);
  const auto failed = reader_.read(r);
  ASSERT_OK(failed);
  ASSERT_EQ(failed->size(), 9u);
  const std::vector<std::pair<uint64_t, ErrorCode>> wanted = {
      {0, ErrorCode::kOutOfBounds}, {2, ErrorCode::kOutOfBounds},  {3, ErrorCode::kBadArgument},
      {5, ErrorCode::kOutOfBounds}, {6, ErrorCode::kNotFound},     {7, ErrorCode::kBadArgument},
      {8, ErrorCode::kBadArgument}, {10, ErrorCode::kBadArgument}, {11, ErrorCode::kBadArgument}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ((*failed)[i].place, wanted[i].first);
    EXPECT_EQ((*failed)[i].error.code, wanted[i].second) << (*failed)[i].place;
    EXPECT_TRUE(is_filled_with(place(r, wanted[i].first), std::byte{0}));
  }
  EXPECT_EQ((*failed)[0].error.path, paths_[0]);
  EXPECT_EQ((*failed)[0].error.hdu, 0);
  EXPECT_EQ((*failed)[1].error.path, paths_[1]);
  EXPECT_EQ((*failed)[1].error.hdu, 1);
  EXPECT_EQ((*failed)[4].error.path, dir_.file("none.fits"));
  for (const Sample& s : good) expect_sample(r, s);
}

TEST_F(BatchTest, ReadsTheSameFromFilesThatAreDeclaredImmutable) {
  const std::vector<Sample> samples = random_samples(60, 60);
  BatchRequest r = request(samples, 60);
  r.is_immutable = true;
  for (int round = 0; round < 2; ++round) {
    const auto failed = reader_.read(r);
    ASSERT_OK(failed);
    EXPECT_TRUE(failed->empty());
    for (const Sample& s : samples) expect_sample(r, s);
  }
}

TEST_F(BatchTest, Case71NoticesThatAFileChangedThoughItIsDeclaredImmutable) {
  BatchRequest r = request({{0, 0, {0, 0}}, {1, 1, {0, 0}}, {2, 2, {0, 0}}}, 3);
  r.is_immutable = true;
  ASSERT_TRUE(reader_.read(r)->empty());
  for (const size_t i : {0, 1}) std::filesystem::resize_file(paths_[i], 3000);
  for (int round = 0; round < 2; ++round) {
    const auto failed = reader_.read(r);
    ASSERT_OK(failed);
    ASSERT_EQ(failed->size(), 2u);
    for (const FailedSample& f : *failed) EXPECT_EQ(f.error.code, ErrorCode::kFileChanged);
  }
}

TEST_F(BatchTest, Case33PadsSamplesThatLeaveTheirImages) {
  // Plain and compressed; the same window shifted by two inside pixels, and what was outside.
  for (const double image : {0.0, 1.0}) {
    const std::vector<Sample> samples = {
        {0, image, {-6, -8}}, {1, image, {0, 0}}, {2, image, {900, 0}}};
    BatchRequest r = request(samples, 3);
    r.pad = -1.5;
    const auto failed = reader_.read(r);
    ASSERT_OK(failed);
    EXPECT_TRUE(failed->empty());
    expect_sample(r, samples[1]);
    const auto padded = values_of<float>(place(r, 0));
    const auto whole = values_of<float>(place(r, 1));
    for (size_t y = 0; y < 16; ++y)
      for (size_t x = 0; x < 20; ++x) {
        const bool is_outside = y < 3 || x < 4;  // strides are 2
        EXPECT_EQ(padded[y * 20 + x], is_outside ? -1.5f : whole[(y - 3) * 20 + x - 4]);
      }
    EXPECT_EQ(values_of<float>(place(r, 2)), std::vector<float>(16 * 20, -1.5f));
  }
}

TEST_F(BatchTest, ReportsTypesThatCannotHoldThePixels) {
  BatchRequest r = request({{0, 0, {0, 0}}, {1, 2, {0, 0}}, {2, 1, {0, 0}}}, 3);
  r.out = Dtype::kInt16;
  const auto failed = reader_.read(r);
  ASSERT_OK(failed);
  ASSERT_EQ(failed->size(), 1u);
  EXPECT_EQ((*failed)[0].place, 1u);
  EXPECT_EQ((*failed)[0].error.code, ErrorCode::kBadArgument);
}

TEST_F(BatchTest, NoticesFilesThatChanged) {
  // The compressed one is open in the reader by now.
  ASSERT_TRUE(reader_.read(request({{0, 0, {0, 0}}, {1, 1, {0, 0}}}, 2))->empty());
  const timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
  for (const size_t i : {0, 1}) ASSERT_EQ(::utimensat(AT_FDCWD, paths_[i].c_str(), times, 0), 0);
  const BatchRequest r = request({{0, 0, {0, 0}}, {1, 1, {0, 0}}, {2, 2, {0, 0}}}, 3);
  const auto failed = reader_.read(r);
  ASSERT_OK(failed);
  ASSERT_EQ(failed->size(), 2u);
  for (const FailedSample& f : *failed) {
    EXPECT_EQ(f.error.code, ErrorCode::kFileChanged);
    EXPECT_EQ(f.error.path, paths_[f.place]);
  }
  // A record made after the change is good again.
  for (const size_t i : {0, 1}) records_[i].mtime_ms = 1700000000000.0;
  EXPECT_TRUE(reader_.read(request({{0, 0, {0, 0}}, {1, 1, {0, 0}}}, 2))->empty());
}

TEST_F(BatchTest, ReadsTheNewFileWhenACompressedOneWasReplaced) {
  ASSERT_TRUE(reader_.read(request({{0, 1, {0, 0}}}, 1))->empty());
  std::filesystem::remove(paths_[1]);
  const ImageRecord old = records_[1];
  add(paths_[1], {Dtype::kInt16, {60, 80}, true});
  std::swap(paths_[1], paths_.back());
  records_[1] = records_.back();
  hdus_[1] = hdus_.back();
  ASSERT_TRUE(records_[1].file_size != old.file_size || records_[1].mtime_ms != old.mtime_ms);
  const Sample sample{0, 1, {0, 0}};
  const BatchRequest r = request({sample}, 1);
  ASSERT_TRUE(reader_.read(r)->empty());
  expect_sample(r, sample);
}

TEST_F(BatchTest, KeepsManyCompressedImagesApart) {
  std::vector<Sample> samples;
  for (int i = 0; i < 20; ++i) {  // more than the reader keeps open
    add(dir_.file("more" + std::to_string(i) + ".fits"), {Dtype::kInt16, {60, 80}, true});
    samples.push_back({static_cast<uint64_t>(i), static_cast<double>(5 + i), {1, 2}});
  }
  for (int round = 0; round < 2; ++round) {
    const BatchRequest r = request(samples, 20);
    ASSERT_TRUE(reader_.read(r)->empty());
    for (const Sample& s : samples) expect_sample(r, s);
  }
}

TEST_F(BatchTest, DecodesFetchedBytesToTheSamePixels) {
  for (int round = 0; round < 3; ++round) {
    const std::vector<Sample> samples = random_samples(20, 30);
    BatchRequest r = request(samples, 30);
    ASSERT_TRUE(reader_.read(r)->empty());
    const Bytes from_files = target_;

    std::vector<Bytes> files;
    for (const std::string& path : paths_) files.push_back(test::read_bytes(path));
    Bytes packed;
    for (const Sample& s : samples) {
      const auto image = static_cast<size_t>(s.image);
      if (records_[image].is_compressed) continue;
      const Window window{{static_cast<uint64_t>(s.origin[0]), static_cast<uint64_t>(s.origin[1])},
                          r.shape,
                          r.stride};
      for (const ByteRange& range : ranges_of(*plan_image(*layout_of(hdus_[image]), window, r.out)))
        test::append(packed, ByteSpan(files[image]).subspan(range.offset, range.length));
    }
    r.is_fetched = true;
    r.fetched.packed = packed;
    for (const size_t i : {1, 4})
      r.fetched.shards.push_back(
          {static_cast<uint32_t>(i),
           ByteSpan(files[i]).subspan(hdus_[i].header_offset,
                                      hdus_[i].header_length + hdus_[i].data_length)});
    std::fill(target_.begin(), target_.end(), std::byte{0xee});
    BatchReader fresh(simd::detected_level());
    const auto failed = fresh.read(r);
    ASSERT_OK(failed);
    EXPECT_TRUE(failed->empty());
    EXPECT_EQ(target_, from_files);
  }
}

TEST_F(BatchTest, SaysWhatWasNotFetched) {
  BatchRequest r = request({{0, 0, {0, 0}}, {1, 1, {0, 0}}, {2, 4, {0, 0}}}, 3);
  r.is_fetched = true;
  const Bytes few(10);
  r.fetched.packed = few;
  const Bytes header = test::as_bytes("XTENSION= 'BINTABLE'");
  r.fetched.shards.push_back({4, header});
  const auto failed = reader_.read(r);
  ASSERT_OK(failed);
  ASSERT_EQ(failed->size(), 3u);
  EXPECT_EQ((*failed)[0].error.code, ErrorCode::kBadArgument);
  EXPECT_EQ((*failed)[1].error.code, ErrorCode::kBadArgument);
  EXPECT_EQ((*failed)[2].error.code, ErrorCode::kTruncated);
}

TEST_F(BatchTest, RefusesRequestsThatContradictThemselves) {
  const std::vector<Sample> samples = {{0, 0, {0, 0}}, {1, 2, {0, 0}}};
  const auto code = [&](const auto& change) {
    BatchRequest r = request(samples, 2);
    change(r);
    const auto read = reader_.read(r);
    EXPECT_TRUE(is_filled_with(target_, std::byte{0xee}));
    return test::code_of(read);
  };
  using R = BatchRequest;
  EXPECT_EQ(code([](R& r) { r.stride = {1}; }), ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.samples = r.samples.first(7); }), ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.sample_step = 100; }), ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.targets[0] = r.targets[0].first(2000); }), ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.targets.clear(); }), ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.targets.push_back(r.targets[0].first(2000)); }),
            ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.shape = r.stride = std::vector<uint64_t>(9, 1); }),
            ErrorCode::kBadArgument);
  EXPECT_EQ(code([](R& r) { r.shape = {uint64_t{1} << 40, uint64_t{1} << 40}; }),
            ErrorCode::kSizeOverflow);
  for (const double place : {2.0, -1.0, 0.5, 1e300, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(code([&](R&) { rows_[4] = place; }), ErrorCode::kBadArgument) << place;
}

TEST_F(BatchTest, FailsEverySampleWhenTheCancelFlagIsRaised) {
  const std::atomic<int32_t> cancel = 1;
  BatchRequest r = request({{0, 0, {0, 0}}, {1, 1, {0, 0}}}, 2);
  r.cancel = &cancel;
  const auto failed = reader_.read(r);
  ASSERT_OK(failed);
  ASSERT_EQ(failed->size(), 2u);
  for (const FailedSample& f : *failed) EXPECT_EQ(f.error.code, ErrorCode::kAborted);
}

TEST_F(BatchTest, ReadsNothing) { EXPECT_TRUE(reader_.read(request({}, 0))->empty()); }

}  // namespace
}  // namespace fitstream
