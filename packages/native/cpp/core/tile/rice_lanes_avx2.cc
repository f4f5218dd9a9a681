// Sixteen RICE streams in step, as two times eight. This file alone is compiled for AVX2.
#include <immintrin.h>

#include "../simd/transpose_avx2.h"
#include "rice_lanes_kernels.h"

namespace fitstream::avx2 {
namespace {

// 64 bits of each of eight lanes, in the order in which halves are packed and unpacked.
struct Wide {
  __m256i a;  // lanes 0, 1, 4, 5
  __m256i b;  // lanes 2, 3, 6, 7
};

__m256i load_vector(const void* from) {
  return _mm256_load_si256(static_cast<const __m256i*>(from));
}
void store_vector(void* to, __m256i x) { _mm256_store_si256(static_cast<__m256i*>(to), x); }

Wide load(const uint64_t* from) {
  const __m256i lower = load_vector(from), upper = load_vector(from + 4);
  return {_mm256_permute2x128_si256(lower, upper, 0x20),
          _mm256_permute2x128_si256(lower, upper, 0x31)};
}
void store(uint64_t* to, Wide x) {
  store_vector(to, _mm256_permute2x128_si256(x.a, x.b, 0x20));
  store_vector(to + 4, _mm256_permute2x128_si256(x.a, x.b, 0x31));
}
Wide widen(__m256i lower, __m256i upper) {
  return {_mm256_unpacklo_epi32(lower, upper), _mm256_unpackhi_epi32(lower, upper)};
}
__m256i lower_halves(Wide x) {
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(x.a), _mm256_castsi256_ps(x.b), 0x88));
}
__m256i upper_halves(Wide x) {
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(x.a), _mm256_castsi256_ps(x.b), 0xdd));
}

// Two numbers from memory, as they lie there.
__m128i load_pair(const std::byte* first, const std::byte* second) {
  int64_t upper;
  std::memcpy(&upper, second, sizeof upper);
  return _mm_insert_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(first)), upper, 1);
}

// The bits at these addresses, the first one highest: 57 of them or more, then zeros. By single
// loads: gathers are slow where microcode guards them.
__m256i window(__m256i address) {
  alignas(32) const std::byte* at[4];
  store_vector(at, _mm256_srli_epi64(address, 3));
  const __m256i bytes = _mm256_set_m128i(load_pair(at[2], at[3]), load_pair(at[0], at[1]));
  const __m256i reversal = _mm256_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607,
                                             0x08090a0b0c0d0e0f, 0x0001020304050607);
  return _mm256_sllv_epi64(_mm256_shuffle_epi8(bytes, reversal),
                           _mm256_and_si256(address, _mm256_set1_epi64x(7)));
}

// Lanes `lane` to `lane` + 7.
template <typename Pixel>
class EightLanes {
 public:
  EightLanes(const RiceLaneState& state, size_t lane)
      : next_(load(&state.next[lane])),
        limit_(load(&state.limit[lane])),
        last_(load_vector(&state.last[lane])) {
    look();
  }

  void save(RiceLaneState& state, size_t lane) const {
    store(&state.next[lane], next_);
    store_vector(&state.last[lane], last_);
  }

  bool may_begin_block() const {
    const __m256i is_above = _mm256_or_si256(_mm256_cmpgt_epi64(next_.a, limit_.a),
                                             _mm256_cmpgt_epi64(next_.b, limit_.b));
    return _mm256_testz_si256(is_above, is_above);
  }

  void begin_block() {
    constexpr int kBits = RiceWidth<Pixel>::kNameBits;
    begin_ = next_;
    last_before_ = last_;
    name_ = _mm256_srli_epi32(bits_, 32 - kBits);
    low_bits_ = _mm256_sub_epi32(name_, _mm256_set1_epi32(1));
    good_ = _mm256_cmpgt_epi32(_mm256_set1_epi32(RiceWidth<Pixel>::kVerbatim), low_bits_);
    hold_ = _mm256_slli_epi32(_mm256_cmpeq_epi32(name_, _mm256_setzero_si256()), 31);
    used_ = _mm256_set1_epi32(kBits);
    drop(used_, _mm256_set1_epi32(32 - kBits));
  }

  // Whether no good lane has more.
  bool has_low_bits(int most) const {
    return _mm256_testz_si256(good_, _mm256_cmpgt_epi32(low_bits_, _mm256_set1_epi32(most)));
  }

  // The next numbers, all from one window.
  template <int kNumbers>
  void take(__m256i* pixels) {
    // The exponent of a float tells the zeros in front of an integer. 24 bits convert exactly;
    // with a one in front the exponent is 127 + 23. Without any one it is 0, and the length of
    // such a number more than fits.
    const __m256i without_zeros = _mm256_set1_epi32(127 + 23);
    const __m256i most = _mm256_set1_epi32(32);
    const __m256i tail_shift = _mm256_sub_epi32(most, name_);
    const __m256i length_base = _mm256_add_epi32(without_zeros, name_);
    const __m256i rest_base = _mm256_sub_epi32(most, length_base);
    bits_ = _mm256_or_si256(bits_, hold_);
    for (int k = 0; k < kNumbers; ++k) {
      const __m256i as_float = _mm256_castps_si256(_mm256_cvtepi32_ps(_mm256_srli_epi32(bits_, 8)));
      const __m256i exponent = _mm256_srli_epi32(as_float, 23);
      const __m256i zeros = _mm256_sub_epi32(without_zeros, exponent);
      const __m256i length = _mm256_sub_epi32(length_base, exponent);
      // A one, then the low bits.
      const __m256i tail = _mm256_srlv_epi32(_mm256_sllv_epi32(bits_, zeros), tail_shift);
      // 23 zeros, a one and 8 low bits fit in 32 bits.
      if constexpr (kNumbers < 4)
        good_ = _mm256_andnot_si256(_mm256_cmpgt_epi32(length, most), good_);
      used_ = _mm256_add_epi32(used_, length);
      drop(length, _mm256_add_epi32(rest_base, exponent));
      pixels[k] = next_pixel(zeros, tail);
    }
    advance();
  }

  // Returns the lanes that did not go well, back at the block's begin.
  uint32_t end_block() {
    const Wide good = widen(good_, good_);
    next_ = {_mm256_blendv_epi8(begin_.a, next_.a, good.a),
             _mm256_blendv_epi8(begin_.b, next_.b, good.b)};
    last_ = _mm256_blendv_epi8(last_before_, last_, good_);
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(good_))) ^ 0xff;
  }

 private:
  __m256i next_pixel(__m256i zeros, __m256i tail) {
    const __m256i one = _mm256_set1_epi32(1);
    // The one in front of the low bits stands for as much as one more zero.
    const __m256i high = _mm256_sllv_epi32(_mm256_sub_epi32(zeros, one), low_bits_);
    const __m256i folded = _mm256_add_epi32(high, tail);
    const __m256i sign = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(folded, one));
    last_ = _mm256_add_epi32(last_, _mm256_xor_si256(_mm256_srli_epi32(folded, 1), sign));
    if constexpr (sizeof(Pixel) == 1) return _mm256_and_si256(last_, _mm256_set1_epi32(0xff));
    if constexpr (sizeof(Pixel) == 2) return _mm256_srai_epi32(_mm256_slli_epi32(last_, 16), 16);
    return last_;
  }

  // A lane whose numbers did not fit in its window goes on anywhere within reach.
  void advance() {
    const __m256i most = _mm256_set1_epi32(57);
    good_ = _mm256_andnot_si256(_mm256_cmpgt_epi32(used_, most), good_);
    const Wide used = widen(_mm256_min_epi32(used_, most), _mm256_setzero_si256());
    next_ = {_mm256_add_epi64(next_.a, used.a), _mm256_add_epi64(next_.b, used.b)};
    used_ = _mm256_setzero_si256();
    look();
  }

  void look() {
    const Wide bits = {window(next_.a), window(next_.b)};
    bits_ = upper_halves(bits);
    more_bits_ = lower_halves(bits);
  }

  // Takes n bits from the window; `rest` is 32 - n.
  void drop(__m256i n, __m256i rest) {
    bits_ = _mm256_or_si256(_mm256_sllv_epi32(bits_, n), _mm256_srlv_epi32(more_bits_, rest));
    more_bits_ = _mm256_sllv_epi32(more_bits_, n);
  }

  Wide next_, limit_;
  __m256i last_;
  __m256i bits_, more_bits_;  // the window at next_, less what is taken
  __m256i used_;              // its bits that are taken
  // Of the block:
  Wide begin_;
  __m256i last_before_;
  __m256i name_;      // as the stream has it,
  __m256i low_bits_;  // which is one more than these
  // The one that keeps a constant block where it is: a number without zeros and low bits, as long
  // as no bit, is 0.
  __m256i hold_;
  __m256i good_;  // all ones in lanes that went well so far
};

// One number of a lane waits for the one before it. Two independent halves fill the gaps: they
// take 1.2 times as long as one (Zen 5).
template <typename Pixel>
class Decoder {
 public:
  static constexpr size_t kPixels = 8;  // of each lane in one step

  explicit Decoder(const RiceLaneState& state) : lower_(state, 0), upper_(state, 8) {}

  void save(RiceLaneState& state) const {
    lower_.save(state, 0);
    upper_.save(state, 8);
  }

  bool may_begin_block() const { return lower_.may_begin_block() && upper_.may_begin_block(); }

  void begin_block() {
    lower_.begin_block();
    upper_.begin_block();
  }

  // As many numbers from one window as are likely to fit.
  void decode(const RiceRows& rows, size_t at) {
    __m256i lower[kPixels], upper[kPixels];
    if (lower_.has_low_bits(8) && upper_.has_low_bits(8))
      take<4>(lower, upper);
    else
      take<2>(lower, upper);
    simd::avx2::transpose(lower);
    simd::avx2::transpose(upper);
    for (size_t lane = 0; lane < 8; ++lane) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows[lane] + at), lower[lane]);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows[lane + 8] + at), upper[lane]);
    }
  }

  uint32_t end_block() {
    const uint32_t odd = lower_.end_block();
    return odd | upper_.end_block() << 8;
  }

 private:
  template <size_t kNumbers>
  void take(__m256i (&lower)[kPixels], __m256i (&upper)[kPixels]) {
    for (size_t i = 0; i < kPixels; i += kNumbers) {
      lower_.template take<kNumbers>(lower + i);
      upper_.template take<kNumbers>(upper + i);
    }
  }

  EightLanes<Pixel> lower_, upper_;
};

}  // namespace

RiceProgress decode_blocks(const RiceCoding& coding, RiceLaneState& state, size_t n,
                           const RiceRows& rows, size_t at) {
  return decode_blocks_by<Decoder>(coding, state, n, rows, at);
}

}  // namespace fitstream::avx2
