// Memory for results.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace fitstream {

// Memory that is not set to anything, on huge pages where it is large: both zeros and small pages
// would cost as much as filling it. Throws std::bad_alloc.
std::shared_ptr<void> allocate_uninitialised(size_t bytes);

// An array of plain values, in memory of its own, shared with others, or somebody else's.
template <typename T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  // Not set to anything.
  explicit Array(size_t size) : size_(size) {
    if (size == 0) return;
    owner_ = allocate_uninitialised(size * sizeof(T));
    data_ = static_cast<T*>(owner_.get());
  }
  // Memory that `owner` keeps alive, or somebody else where there is none.
  static Array over(std::span<T> memory, std::shared_ptr<void> owner = nullptr) {
    Array out;
    out.owner_ = std::move(owner);
    out.data_ = memory.data();
    out.size_ = memory.size();
    return out;
  }
  Array(Array&& other) noexcept { swap(other); }
  Array& operator=(Array&& other) noexcept {
    swap(other);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  const T& back() const { return data_[size_ - 1]; }

  // Keeps the first elements only; the memory stays as it is.
  void truncate(size_t size) { size_ = size; }
  // What keeps the memory alive.
  std::shared_ptr<void> owner() const { return owner_; }

 private:
  void swap(Array& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  std::shared_ptr<void> owner_;
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace fitstream
