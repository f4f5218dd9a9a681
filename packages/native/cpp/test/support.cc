#include "support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace fitstream::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

[[noreturn]] void fail_cfitsio(const std::string& path, int status) {
  fail("CFITSIO status " + std::to_string(status) + " on " + path);
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "fitstream-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) fail("cannot make a temporary directory");
  path_ = pattern;
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
size_t TempDir::entries() const {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_),
                                           std::filesystem::directory_iterator()));
}

void write_text(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) fail("cannot write " + path);
}
void write_bytes(const std::string& path, ByteSpan bytes) { write_text(path, as_text(bytes)); }
std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
Bytes read_bytes(const std::string& path) { return as_bytes(read_text(path)); }

std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Bytes as_bytes(std::string_view text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

void append(Bytes& to, ByteSpan bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

std::string card_of(std::string_view text) {
  if (text.size() > kCard) fail("a card is longer than 80 characters: " + std::string(text));
  std::string card(text);
  card.resize(kCard, ' ');
  return card;
}
std::string blocks_of(std::string text, char fill) {
  text.resize(*padded_to_block(text.size()), fill);
  return text;
}

HeaderBuilder& HeaderBuilder::raw(std::string_view text) {
  text_ += card_of(text);
  return *this;
}
HeaderBuilder& HeaderBuilder::key(std::string_view keyword, std::string_view value) {
  std::string card(keyword);
  card.resize(8, ' ');
  card += "= ";
  // Strings start in column 11, everything else ends in column 30 (FITS Standard 4.0, 4.2).
  if (!value.starts_with('\'') && value.size() < 20) card.append(20 - value.size(), ' ');
  return raw(card + std::string(value));
}
HeaderBuilder& HeaderBuilder::key(std::string_view keyword, int64_t value) {
  return key(keyword, std::to_string(value));
}
std::string HeaderBuilder::done() const { return blocks_of(text_ + card_of("END")); }

namespace {

HeaderBuilder array_header(HeaderBuilder header, int64_t bitpix, const std::vector<int64_t>& axes) {
  header.key("BITPIX", bitpix).key("NAXIS", static_cast<int64_t>(axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) header.key("NAXIS" + std::to_string(i + 1), axes[i]);
  return header;
}

}  // namespace

HeaderBuilder primary_header(int64_t bitpix, const std::vector<int64_t>& axes) {
  return array_header(HeaderBuilder().key("SIMPLE", "T"), bitpix, axes);
}
HeaderBuilder extension_header(std::string_view xtension, int64_t bitpix,
                               const std::vector<int64_t>& axes, int64_t pcount) {
  std::string name(xtension);
  if (name.size() < 8) name.resize(8, ' ');
  HeaderBuilder header =
      array_header(HeaderBuilder().key("XTENSION", "'" + name + "'"), bitpix, axes);
  return header.key("PCOUNT", pcount).key("GCOUNT", 1);
}

void replace_card(Bytes& file, std::string_view keyword, std::string_view card, size_t from) {
  std::string name(keyword);
  name.resize(8, ' ');
  for (size_t at = from; at + kCard <= file.size(); at += kCard) {
    if (as_text(ByteSpan(file).subspan(at, 8)) != name) continue;
    const std::string record = card_of(card);
    std::memcpy(file.data() + at, record.data(), record.size());
    return;
  }
  fail("no card " + name);
}

uint64_t Random::between(uint64_t low, uint64_t high) {
  return std::uniform_int_distribution<uint64_t>(low, high)(engine_);
}
bool Random::chance(double probability) {
  return std::bernoulli_distribution(probability)(engine_);
}
double Random::gaussian() { return std::normal_distribution<double>()(engine_); }
Bytes Random::bytes(size_t n) {
  Bytes out(n);
  for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  return out;
}

Cfitsio Cfitsio::create(const std::string& path) {
  fitsfile* file = nullptr;
  int status = 0;
  fits_create_diskfile(&file, path.c_str(), &status);
  if (status) fail_cfitsio(path, status);
  return Cfitsio(file);
}
Cfitsio Cfitsio::open(const std::string& path, int hdu) {
  fitsfile* file = nullptr;
  int status = 0;
  fits_open_diskfile(&file, path.c_str(), READONLY, &status);
  Cfitsio opened(file);
  fits_movabs_hdu(file, hdu + 1, nullptr, &status);
  if (status) fail_cfitsio(path, status);
  return opened;
}
void Cfitsio::close() {
  int status = 0;
  if (file_) fits_close_file(std::exchange(file_, nullptr), &status);
  EXPECT_EQ(status, 0) << "CFITSIO cannot close the file";
}

std::vector<simd::Level> levels() {
  std::vector<simd::Level> offered;
  for (const auto level : {simd::Level::kScalar, simd::Level::kAvx2, simd::Level::kAvx512})
    if (level <= simd::detected_level()) offered.push_back(level);
  return offered;
}

std::string describe(const Error& e) {
  return std::string(error_code_name(e.code)) + ": " + e.what + "; expected " + e.expected +
         "; found " + e.found + "; path " + e.path + "; hdu " + std::to_string(e.hdu);
}

Hdu hdu_of(const std::string& path, size_t index) {
  const auto file = File::open(path);
  if (!file) fail(describe(file.error()));
  auto walk = walk_hdus(*file, index);
  if (!walk) fail(describe(walk.error()));
  if (walk->hdus.size() <= index) fail(path + " has no HDU " + std::to_string(index));
  return std::move(walk->hdus[index]);
}
Hdu scan_one(std::string_view header, uint64_t index, uint64_t offset) {
  auto hdu = scan_hdu(header, offset, index);
  if (!hdu) fail(describe(hdu.error()));
  if (!*hdu) fail("the header has no END card");
  return std::move(**hdu);
}

Result<Pixels> read_window(const std::string& path, const ImageLayout& layout, const Window& window,
                           Dtype out, simd::Level level, bool is_immutable) {
  const auto file = is_immutable ? File::open_immutable(path) : File::open(path);
  if (!file) return file.error();
  const auto plan = plan_image(layout, window, out);
  if (!plan) return plan.error();
  Pixels pixels;
  pixels.bytes.resize(plan->out_length());
  pixels.mask.resize(plan->pixels, 7);
  Scratch scratch;
  const auto undefined =
      read_image(*file, *plan, {pixels.bytes, pixels.mask}, scratch, level, nullptr);
  if (!undefined) return undefined.error();
  pixels.undefined = *undefined;
  return pixels;
}

}  // namespace fitstream::test
