// Mutated files: whatever comes out of them, nothing may be touched outside memory, and nothing may
// hang. CFITSIO's codecs are left out.
#include "header.h"
#include "image.h"
#include "support.h"
#include "table/read.h"

namespace fitstream {
namespace {

using test::blocks_of;
using test::extension_header;
using test::HeaderBuilder;
using test::primary_header;

constexpr uint64_t kLimit = uint64_t{1} << 20;

// An image, a binary table with every kind of column, and an ASCII table; small, and valid.
std::string make_file(test::Random& random) {
  const auto random_text = [&](size_t n) { return std::string(test::as_text(random.bytes(n))); };
  HeaderBuilder image = primary_header(16, {20, 15});
  image.key("BSCALE", "0.5").key("BZERO", "1.D1").key("BLANK", -1);
  image.raw("LONG    = 'a&'").raw("CONTINUE  'b' / c").raw("HIERARCH A B = (1, 2)");

  HeaderBuilder binary = extension_header("BINTABLE", 8, {36, 40}, 600);
  binary.key("TFIELDS", 9).key("THEAP", 1450);
  const char* forms[] = {"J", "11X", "2I", "6A3", "1PE(9)", "L", "C", "B", "0D"};
  for (int i = 0; i < 9; ++i)
    binary.key("TFORM" + std::to_string(i + 1), "'" + std::string(forms[i]) + "'");
  binary.key("TDIM3", "'(2,1)'").key("TDIM4", "'(3,2)'");
  binary.key("TSCAL1", "0.5").key("TNULL3", 5).key("TZERO3", 32768);
  std::string cells = random_text(2050);
  for (size_t row = 0; row < 40; ++row) {  // good descriptors, so that the heap is read
    test::Bytes descriptor;
    test::put_be(descriptor, static_cast<uint32_t>(random.between(0, 9)));
    test::put_be(descriptor, static_cast<uint32_t>(random.between(0, 500)));
    cells.replace(row * 36 + 16, 8, test::as_text(descriptor));
  }

  HeaderBuilder ascii = extension_header("TABLE", 8, {20, 30});
  ascii.key("TFIELDS", 3).key("TBCOL1", 1).key("TBCOL2", 7).key("TBCOL3", 13);
  ascii.key("TFORM1", "'I5'").key("TFORM2", "'F6.2'").key("TFORM3", "'A8'").key("TNULL1", "'99'");
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += "   42 1.5E2 text    ";

  return image.done() + blocks_of(random_text(600)) + binary.done() + blocks_of(cells) +
         ascii.done() + blocks_of(rows);
}

// Reads columns one by one and together. Returns how many could be read.
size_t read_table(const TableLayout& layout, ByteSpan data) {
  size_t good = 0;
  std::vector<size_t> all;
  const auto read = [&](const std::vector<size_t>& columns) {
    const auto result = read_columns(layout, TableMemory(data), columns, {0, layout.frame.rows},
                                     kLimit, simd::detected_level(), nullptr);
    if (!result) return false;
    for (const ColumnData& column : *result) {
      EXPECT_LE(column.values.size(), kLimit);
      EXPECT_TRUE(column.offsets.empty() || column.offsets.size() <= kLimit);
    }
    return true;
  };
  for (size_t c = 0; c < layout.columns.size(); ++c) {
    if (!layout.columns[c].defect) all.push_back(c);
    good += read({c});
    if (layout.columns[c].is_variable)
      static_cast<void>(read_descriptors(layout, TableMemory(data), c));
  }
  read(all);
  return good;
}

// Reads the image whole, if it is there. Returns 1 if it could be.
size_t read_image(const ImageLayout& layout, std::string_view file) {
  const Dtype out = natural_dtype(layout.stored, layout.scaling);
  const auto plan = plan_image(layout, whole_window(layout.shape), out);
  if (!plan || plan->out_length() > kLimit) return 0;
  test::Bytes packed;
  for (const ByteRange& range : ranges_of(*plan)) {
    if (range.offset > file.size() || range.length > file.size() - range.offset) return 0;
    test::append(packed, test::as_bytes(file.substr(range.offset, range.length)));
  }
  test::Bytes pixels(plan->out_length());
  std::vector<uint8_t> mask(plan->pixels);
  return decode_packed(*plan, packed, {pixels, mask}, simd::detected_level()) ? 1 : 0;
}

// Reads all that can be read; returns how many images and columns that is.
size_t read_everything(std::string_view file) {
  size_t good = 0;
  uint64_t offset = 0;
  for (uint64_t index = 0; index < 10 && offset < file.size(); ++index) {
    const auto found = scan_hdu(file.substr(offset), offset, index);
    if (!found || !*found) break;
    const Hdu& hdu = **found;
    const auto cards = parse_cards(file.substr(offset, hdu.header_length));
    EXPECT_LE(cards.size(), hdu.cards);
    const std::string_view data = file.substr(std::min<uint64_t>(hdu.data_offset, file.size()));
    if (const auto layout = layout_of(hdu)) good += read_image(*layout, file);
    if (const auto layout = layout_of_table(hdu, cards))
      good += read_table(*layout, std::as_bytes(std::span(data)));
    offset = hdu.end();
  }
  return good;
}

TEST(MutatedFiles, Case77AreSurvived) {
  test::Random random(21);
  const std::string file = make_file(random);
  ASSERT_EQ(read_everything(file), 1u + 9 + 3);
  std::vector<size_t> headers;  // mutations there reach further than those in data
  for (size_t at = 0; at + kBlock <= file.size(); at += kBlock)
    if (file.substr(at, 6) == "SIMPLE" || file.substr(at, 8) == "XTENSION") headers.push_back(at);
  ASSERT_EQ(headers.size(), 3u);
  const std::string likely("0123456789 -+.'()TFPQXIJKEDCMALB=/&\xff\0", 38);

  size_t good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = file;
    for (uint64_t n = random.between(1, 6); n > 0; --n) {
      const size_t at = random.chance(0.8) ? random.pick(headers) + random.between(0, 2000)
                                           : random.between(0, text.size() - 1);
      text[at] = likely[random.between(0, likely.size() - 1)];
    }
    if (random.chance(0.1)) text.resize(random.between(0, text.size()));
    good += read_everything(text);
  }
  EXPECT_GT(good, 20000u);  // most mutations leave something to read
}

}  // namespace
}  // namespace fitstream
