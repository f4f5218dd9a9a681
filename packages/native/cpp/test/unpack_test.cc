// Files compressed as a whole, packed here by libarchive.
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

// One file in an archive of this format, packed by this filter.
Bytes pack(ByteSpan content, int (*set_format)(archive*), int (*add_filter)(archive*)) {
  Bytes packed(content.size() * 2 + (size_t{1} << 16));
  size_t used = 0;
  archive* writer = archive_write_new();
  set_format(writer);
  add_filter(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, packed.data(), packed.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, "a.fits");
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
  archive_write_header(writer, entry);
  archive_write_data(writer, content.data(), content.size());
  archive_entry_free(entry);
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
  archive_write_free(writer);
  packed.resize(used);
  return packed;
}
Bytes gzip(ByteSpan content) {
  return pack(content, archive_write_set_format_raw, archive_write_add_filter_gzip);
}
Bytes bzip2(ByteSpan content) {
  return pack(content, archive_write_set_format_raw, archive_write_add_filter_bzip2);
}
Bytes compress(ByteSpan content) {
  return pack(content, archive_write_set_format_raw, archive_write_add_filter_compress);
}
Bytes zip(ByteSpan content) {
  return pack(content, archive_write_set_format_zip, archive_write_add_filter_none);
}

// Half noise, half zeros, longer than the pieces that are unpacked at a time.
Bytes make_content() {
  test::Random random(24);
  Bytes content = random.bytes(1500000);
  content.resize(3000001);
  std::memcpy(content.data(), "SIMPLE", 6);
  return content;
}

// From memory and from a file, which must give the same.
Result<Bytes> unpack_all(ByteSpan packed, uint64_t max_bytes, CancelFlag cancel) {
  const auto collect = [&](const auto& from) -> Result<Bytes> {
    Bytes out;
    Status done = unpack(from, max_bytes, cancel, [&](ByteSpan piece) {
      test::append(out, piece);
      return ok();
    });
    if (!done) return done.error();
    return out;
  };
  const test::TempDir dir;
  test::write_bytes(dir.file("packed"), packed);
  const auto file = File::open(dir.file("packed"));
  EXPECT_TRUE(file);
  auto from_memory = collect(packed);
  const auto from_file = collect(*file);
  EXPECT_EQ(test::code_of(from_memory), test::code_of(from_file));
  if (from_memory) {
    EXPECT_EQ(*from_memory, *from_file);
  }
  return from_memory;
}

TEST(Packing, IsToldByTheFirstBytes) {
  const Bytes content = make_content();
  EXPECT_EQ(packing_of(gzip(content)), "gzip");
  EXPECT_EQ(packing_of(bzip2(content)), "bzip2");
  EXPECT_EQ(packing_of(compress(content)), "compress");
  EXPECT_EQ(packing_of(zip(content)), "zip");
  EXPECT_EQ(packing_of(test::as_bytes("SIMPLE  =")), "");
  EXPECT_EQ(packing_of({}), "");
  EXPECT_EQ(packing_of(test::as_bytes("\x1f")), "");
}

TEST(Unpack, RestoresWhatWasPacked) {
  const Bytes content = make_content();
  for (const Bytes& packed : {gzip(content), bzip2(content), compress(content), zip(content)}) {
    const auto unpacked = unpack_all(packed, kNoLimit, nullptr);
    ASSERT_OK(unpacked);
    EXPECT_EQ(*unpacked, content) << packing_of(packed);
  }
}

TEST(Unpack, JoinsAllMembers) {
  const Bytes content = make_content();
  for (const auto& packing : {gzip, bzip2}) {
    Bytes packed;
    for (const size_t at : {0, 1000000, 2000000})
      test::append(packed,
                   packing(ByteSpan(content).subspan(at, at < 2000000 ? 1000000 : 1000001)));
    const auto unpacked = unpack_all(packed, kNoLimit, nullptr);
    ASSERT_OK(unpacked);
    EXPECT_EQ(*unpacked, content) << packing_of(packed);
  }
}

TEST(Unpack, StopsAtTheLimit) {
  const Bytes content = make_content();
  for (const Bytes& packed : {gzip(content), bzip2(content), compress(content), zip(content)}) {
    EXPECT_CODE(unpack_all(packed, content.size() - 1, nullptr), ErrorCode::kLimit);
    EXPECT_CODE(unpack_all(packed, 0, nullptr), ErrorCode::kLimit);
    EXPECT_TRUE(unpack_all(packed, content.size(), nullptr));
  }
}

TEST(Unpack, SaysThatTheBytesAreDamaged) {
  const Bytes content = make_content();
  for (const Bytes& packed : {gzip(content), bzip2(content), zip(content)})
    EXPECT_CODE(unpack_all(ByteSpan(packed).first(packed.size() / 3), kNoLimit, nullptr),
                ErrorCode::kCorrupt);
  // libarchive compares the checksums of these two.
  for (Bytes packed : {bzip2(content), zip(content)}) {
    std::fill_n(packed.begin() + 100000, 1000, std::byte{0x55});
    EXPECT_CODE(unpack_all(packed, kNoLimit, nullptr), ErrorCode::kCorrupt);
  }
  EXPECT_CODE(unpack_all({}, kNoLimit, nullptr), ErrorCode::kCorrupt);
}

TEST(Unpack, SurvivesTrailingGarbageAndEveryCut) {
  test::Random random(25);
  Bytes content = random.bytes(3000);
  std::memcpy(content.data(), "SIMPLE", 6);
  for (const auto& packing : {gzip, bzip2, compress, zip}) {
    const Bytes packed = packing(content);
    for (size_t n = 0; n < packed.size(); n += n < 40 ? 1 : 97) {
      const auto cut = unpack_all(ByteSpan(packed).first(n), kNoLimit, nullptr);
      EXPECT_TRUE(!cut || cut->size() <= content.size()) << packing_of(packed) << n;
    }
    for (int round = 0; round < 50; ++round) {
      Bytes longer = packed;
      test::append(longer, random.bytes(random.between(1, 100)));
      const auto unpacked = unpack_all(longer, kNoLimit, nullptr);
      EXPECT_TRUE(!unpacked || unpacked->size() >= content.size());
      Bytes mutated = packed;
      mutated[random.between(0, packed.size() - 1)] ^= std::byte{0x10};
      const auto other = unpack_all(mutated, 1 << 20, nullptr);
      EXPECT_TRUE(!other || other->size() <= 1 << 20);
    }
  }
}

TEST(Unpack, StopsWhenTheCancelFlagIsRaised) {
  const std::atomic<int32_t> cancel = 1;
  EXPECT_CODE(unpack_all(gzip(make_content()), kNoLimit, &cancel), ErrorCode::kAborted);
}

// A zip archive with these files.
Bytes zip_of(const std::vector<std::pair<std::string, Bytes>>& files) {
  Bytes packed(size_t{1} << 16);
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_memory(writer, packed.data(), packed.size(), &used);
  for (const auto& [name, content] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  packed.resize(used);
  return packed;
}

TEST(Unpack, TakesTheFirstMemberOfAZipArchiveThatIsFits) {
  const Bytes readme = test::as_bytes("read me");
  const Bytes first = test::as_bytes("SIMPLE  = first");
  const Bytes second = test::as_bytes("SIMPLE  = second");
  const auto unpacked = unpack_all(
      zip_of({{"d/", {}}, {"d/README", readme}, {"a", first}, {"b", second}}), kNoLimit, nullptr);
  ASSERT_OK(unpacked);
  EXPECT_EQ(*unpacked, first);
  EXPECT_CODE(unpack_all(zip_of({{"README", readme}}), kNoLimit, nullptr), ErrorCode::kNotFits);
}

TEST(Unpack, HoldsOnePieceWhateverTheSize) {
  // 256 MiB of zeros in 256 KiB, by members.
  const Bytes member = gzip(Bytes(size_t{64} << 20));
  Bytes packed;
  for (int i = 0; i < 4; ++i) test::append(packed, member);
  uint64_t length = 0;
  size_t largest = 0;
  ASSERT_OK(unpack(packed, kNoLimit, nullptr, [&](ByteSpan piece) {
    length += piece.size();
    largest = std::max(largest, piece.size());
    return ok();
  }));
  EXPECT_EQ(length, uint64_t{256} << 20);
  EXPECT_LE(largest, size_t{1} << 20);
}

TEST(Unpack, EndsWithWhatTheSinkSays) {
  EXPECT_CODE(unpack(gzip(make_content()), kNoLimit, nullptr,
                     [](ByteSpan) -> Status { return Error::of(ErrorCode::kIo, "full"); }),
              ErrorCode::kIo);
}

}  // namespace
}  // namespace fitstream
