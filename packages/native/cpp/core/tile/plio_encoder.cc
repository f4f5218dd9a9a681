#include "plio_encoder.h"

#include <algorithm>

namespace fitstream {
namespace {

constexpr int32_t kMaxData = 4095;  // what the low 12 bits of a word hold

// The high 4 bits of an instruction.
enum class Code : int32_t {
  kZeros,
  kSet,
  kAdd,
  kTake,
  kRun,
  kZerosAndPixel,
  kAddPixel,
  kTakePixel
};

// A line list that grows by runs of equal pixels.
class LineList {
 public:
  void add_zeros(size_t n) { zeros_ += n; }

  void add_run(int32_t value, size_t n) {
    const bool is_step = change(value, n == 1 && zeros_ == 0);
    if (is_step) return;
    const bool is_pixel = n == 1 && zeros_ > 0;
    if (is_pixel) --n;
    // One word for the pixel and the zeros before it, as far as they leave room for it.
    const size_t with_pixel = is_pixel ? zeros_ % kMaxData + 1 : 0;
    put_many(Code::kZeros, is_pixel ? zeros_ - (with_pixel - 1) : zeros_);
    if (is_pixel) put(Code::kZerosAndPixel, static_cast<int32_t>(with_pixel));
    put_many(Code::kRun, n);
    zeros_ = 0;
  }

  std::vector<int16_t> done() && {
    put_many(Code::kZeros, zeros_);
    const size_t length = words_.size();
    // 7 words of header: what follows the third is the length, and -100 says that it does.
    words_[3] = static_cast<int16_t>(length % 32768);
    words_[4] = static_cast<int16_t>(length / 32768);
    return std::move(words_);
  }

 private:
  void put(Code code, int32_t data) {
    words_.push_back(static_cast<int16_t>(static_cast<int32_t>(code) * 4096 + data));
  }
  void put_many(Code code, size_t n) {
    for (; n > 0; n -= std::min<size_t>(n, kMaxData))
      put(code, static_cast<int32_t>(std::min<size_t>(n, kMaxData)));
  }

  // Makes `value` the list's. A small step may bring a pixel with it; returns whether it did.
  bool change(int32_t value, bool is_single) {
    const int32_t step = value - value_;
    value_ = value;
    if (step == 0) return false;
    if (std::abs(step) > kMaxData) {
      put(Code::kSet, value % 4096);
      words_.push_back(static_cast<int16_t>(value / 4096));
      return false;
    }
    if (step > 0)
      put(is_single ? Code::kAddPixel : Code::kAdd, step);
    else
      put(is_single ? Code::kTakePixel : Code::kTake, -step);
    return is_single;
  }

  std::vector<int16_t> words_ = {0, 7, -100, 0, 0, 0, 0};
  int32_t value_ = 1;
  size_t zeros_ = 0;  // that are not in the list yet
};

}  // namespace

std::vector<int16_t> encode_plio(std::span<const int32_t> pixels) {
  LineList list;
  while (!pixels.empty()) {
    const int32_t value = pixels.front();
    const auto end = std::ranges::find_if(pixels, [&](int32_t p) { return p != value; });
    const auto n = static_cast<size_t>(end - pixels.begin());
    if (value == 0)
      list.add_zeros(n);
    else
      list.add_run(value, n);
    pixels = pixels.subspan(n);
  }
  return std::move(list).done();
}

}  // namespace fitstream
