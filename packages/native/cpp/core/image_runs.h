// The runs of a plan one after the other.
#pragma once

#include "image.h"

namespace fitstream {

// Walks the runs of a plan in output order.
class ImageRuns {
 public:
  explicit ImageRuns(const ImagePlan& plan) : plan_(plan), at_(plan.outer.size(), 0) {}
  uint64_t offset() const { return offset_; }

  // To the run `n` further along the innermost outer axis (which has that many left).
  void advance(uint64_t n) {
    if (plan_.outer.empty()) return;
    size_t axis = at_.size() - 1;
    at_[axis] += n;
    while (at_[axis] == plan_.outer[axis].count && axis > 0) {
      at_[axis] = 0;
      ++at_[--axis];
    }
    offset_ = plan_.first;
    for (size_t i = 0; i < at_.size(); ++i) offset_ += at_[i] * plan_.outer[i].step;
  }
  // Runs left before the innermost outer axis turns over, this one included.
  uint64_t left_on_axis() const {
    return plan_.outer.empty() ? 1 : plan_.outer.back().count - at_.back();
  }

 private:
  const ImagePlan& plan_;
  std::vector<uint64_t> at_;
  uint64_t offset_ = plan_.first;
};

}  // namespace fitstream
