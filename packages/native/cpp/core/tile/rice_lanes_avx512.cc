// Sixteen RICE streams in step. This file alone is compiled for AVX-512.
#include <immintrin.h>

#include <bit>

#include "rice_lanes_kernels.h"

namespace fitstream::avx512 {
namespace {

// 64 bits of every lane.
struct Wide {
  __m512i a;  // lanes 0 to 7
  __m512i b;  // lanes 8 to 15
};

Wide load(const std::array<uint64_t, kMaxRiceLanes>& from) {
  return {_mm512_load_si512(from.data()), _mm512_load_si512(from.data() + 8)};
}
void store(std::array<uint64_t, kMaxRiceLanes>& to, Wide x) {
  _mm512_store_si512(to.data(), x.a);
  _mm512_store_si512(to.data() + 8, x.b);
}
Wide splat(int64_t x) { return {_mm512_set1_epi64(x), _mm512_set1_epi64(x)}; }
Wide add(Wide x, Wide y) { return {_mm512_add_epi64(x.a, y.a), _mm512_add_epi64(x.b, y.b)}; }
Wide sub(Wide x, Wide y) { return {_mm512_sub_epi64(x.a, y.a), _mm512_sub_epi64(x.b, y.b)}; }
Wide smaller(Wide x, Wide y) { return {_mm512_min_epu64(x.a, y.a), _mm512_min_epu64(x.b, y.b)}; }
Wide either(Wide x, Wide y) { return {_mm512_or_si512(x.a, y.a), _mm512_or_si512(x.b, y.b)}; }
Wide shift_left(Wide x, Wide n) {
  return {_mm512_sllv_epi64(x.a, n.a), _mm512_sllv_epi64(x.b, n.b)};
}
Wide shift_right(Wide x, Wide n) {
  return {_mm512_srlv_epi64(x.a, n.a), _mm512_srlv_epi64(x.b, n.b)};
}
Wide leading_zeros(Wide x) { return {_mm512_lzcnt_epi64(x.a), _mm512_lzcnt_epi64(x.b)}; }
__mmask16 is_above(Wide x, Wide y) {
  return _mm512_kunpackb(_mm512_cmpgt_epu64_mask(x.b, y.b), _mm512_cmpgt_epu64_mask(x.a, y.a));
}
Wide choose(__mmask16 mask, Wide yes, Wide no) {
  return {_mm512_mask_mov_epi64(no.a, static_cast<__mmask8>(mask), yes.a),
          _mm512_mask_mov_epi64(no.b, static_cast<__mmask8>(mask >> 8), yes.b)};
}
// The lower half of each lane.
__m512i narrow(Wide x) {
  const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  return _mm512_permutex2var_epi32(x.a, even, x.b);
}

// Two numbers from memory, as they lie there.
__m128i load_pair(const std::byte* first, const std::byte* second) {
  int64_t upper;
  std::memcpy(&upper, second, sizeof upper);
  return _mm_insert_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(first)), upper, 1);
}

// The bits at these addresses, the first one highest: 57 of them or more, then zeros. By single
// loads: they are 5% faster than a gather here, and gathers are slow where microcode guards them.
__m512i window(__m512i address) {
  alignas(64) const std::byte* at[8];
  _mm512_store_si512(at, _mm512_srli_epi64(address, 3));
  const __m256i lower = _mm256_set_m128i(load_pair(at[2], at[3]), load_pair(at[0], at[1]));
  const __m256i upper = _mm256_set_m128i(load_pair(at[6], at[7]), load_pair(at[4], at[5]));
  const __m512i bytes = _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
  const __m512i reversal = _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607);
  return _mm512_sllv_epi64(_mm512_shuffle_epi8(bytes, reversal),
                           _mm512_and_si512(address, _mm512_set1_epi64(7)));
}
Wide window(Wide address) { return {window(address.a), window(address.b)}; }

// Rows become columns.
void transpose(__m512i (&m)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(m[i], m[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(m[i], m[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    m[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    m[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    m[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    m[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(m[i], m[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(m[i], m[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(m[i + 8], m[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(m[i + 8], m[i + 12], 0xdd);
  }
  for (int i = 0; i < 8; ++i) {
    m[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    m[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
  }
}

template <typename Pixel>
class Decoder {
 public:
  static constexpr size_t kPixels = 16;  // of each lane in one step

  explicit Decoder(const RiceLaneState& state)
      : next_(load(state.next)),
        limit_(load(state.limit)),
        last_(_mm512_load_si512(state.last.data())),
        bits_(window(next_)) {}

  void save(RiceLaneState& state) const {
    store(state.next, next_);
    _mm512_store_si512(state.last.data(), last_);
  }

  bool may_begin_block() const { return is_above(next_, limit_) == 0; }

  void begin_block() {
    constexpr int kBits = RiceWidth<Pixel>::kNameBits;
    begin_ = next_;
    last_before_ = last_;
    name_ = shift_right(bits_, splat(64 - kBits));
    low_bits_ = _mm512_sub_epi32(narrow(name_), _mm512_set1_epi32(1));
    good_ = _mm512_cmplt_epi32_mask(low_bits_, _mm512_set1_epi32(RiceWidth<Pixel>::kVerbatim));
    hold_ = choose(is_above(name_, splat(0)), splat(0), splat(INT64_MIN));
    bits_ = shift_left(bits_, splat(kBits));
    used_ = splat(kBits);
  }

  // As many numbers from one window as are likely to fit.
  void decode(const RiceRows& rows, size_t at) {
    __m512i pixels[kPixels];
    if (has_low_bits(3))
      take<8>(pixels);
    else if (has_low_bits(9))
      take<4>(pixels);
    else
      take<2>(pixels);
    transpose(pixels);
    for (size_t lane = 0; lane < 16; ++lane) _mm512_storeu_si512(rows[lane] + at, pixels[lane]);
  }

  // Returns the lanes that did not go well, back at the block's begin.
  uint32_t end_block() {
    next_ = choose(good_, next_, begin_);
    last_ = _mm512_mask_mov_epi32(last_before_, good_, last_);
    return static_cast<__mmask16>(~good_);
  }

 private:
  // Whether no good lane has more.
  bool has_low_bits(int most) const {
    return _mm512_mask_cmpgt_epi32_mask(good_, low_bits_, _mm512_set1_epi32(most)) == 0;
  }

  template <unsigned kNumbers>
  void take(__m512i (&pixels)[kPixels]) {
    const Wide tail_shift = sub(splat(64), name_);
    const Wide fixed_length = shift_left(name_, splat(std::countr_zero(kNumbers)));
    for (size_t i = 0; i < kPixels; i += kNumbers) {
      bits_ = either(bits_, hold_);
      for (size_t k = 0; k < kNumbers; ++k) {
        const Wide zeros = leading_zeros(bits_);
        bits_ = shift_left(bits_, zeros);
        const Wide tail = shift_right(bits_, tail_shift);  // a one, then the low bits
        bits_ = shift_left(bits_, name_);
        used_ = add(used_, zeros);
        pixels[i + k] = next_pixel(narrow(zeros), narrow(tail));
      }
      advance(add(used_, fixed_length));
    }
  }

  __m512i next_pixel(__m512i zeros, __m512i tail) {
    const __m512i one = _mm512_set1_epi32(1);
    // The one in front of the low bits stands for as much as one more zero.
    const __m512i high = _mm512_sllv_epi32(_mm512_sub_epi32(zeros, one), low_bits_);
    const __m512i folded = _mm512_add_epi32(high, tail);
    const __m512i sign = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_and_si512(folded, one));
    last_ = _mm512_add_epi32(last_, _mm512_xor_si512(_mm512_srli_epi32(folded, 1), sign));
    if constexpr (sizeof(Pixel) == 1) return _mm512_and_si512(last_, _mm512_set1_epi32(0xff));
    if constexpr (sizeof(Pixel) == 2) return _mm512_srai_epi32(_mm512_slli_epi32(last_, 16), 16);
    return last_;
  }

  // A lane whose numbers did not fit in its window goes on anywhere within reach.
  void advance(Wide used) {
    const Wide most = splat(57);
    good_ = _kandn_mask16(is_above(used, most), good_);
    next_ = add(next_, smaller(used, most));
    used_ = splat(0);
    bits_ = window(next_);
  }

  Wide next_, limit_;
  __m512i last_;
  Wide bits_;  // the window at next_, less what is taken
  Wide used_;  // its bits that are taken
  // Of the block:
  Wide begin_;
  __m512i last_before_;
  Wide name_;         // as the stream has it,
  __m512i low_bits_;  // which is one more than these
  // The one that keeps a constant block where it is: a number without zeros and low bits, as long
  // as no bit, is 0.
  Wide hold_;
  __mmask16 good_;  // lanes that went well so far
};

}  // namespace

RiceProgress decode_blocks(const RiceCoding& coding, RiceLaneState& state, size_t n,
                           const RiceRows& rows, size_t at) {
  return decode_blocks_by<Decoder>(coding, state, n, rows, at);
}

}  // namespace fitstream::avx512
