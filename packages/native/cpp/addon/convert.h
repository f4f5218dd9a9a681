// JavaScript values to core types and back. Everything that JavaScript hands over is checked here:
// a wrong type throws a TypeError, a core Error throws a JavaScript Error that carries its fields
// as `fits` (src/errors.ts turns it into a FitsError).
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "array.h"
#include "file.h"
#include "hdu.h"
#include "image.h"
#include "padded_window.h"

namespace fitstream::addon {

// Core to JavaScript.
Napi::Error to_js_error(Napi::Env env, const Error& error);
Napi::Object to_js(Napi::Env env, const Error& error);  // the fields alone
Napi::Object to_js(Napi::Env env, const Hdu& hdu);
Napi::Object to_js(Napi::Env env, const FileStamp& stamp);
Napi::Array to_js(Napi::Env env, const std::vector<uint64_t>& values);
Napi::String to_js(Napi::Env env, std::string_view text);

// Header text is Latin-1: bytes above 127 happen in old files and must not be lost.
Napi::String latin1(Napi::Env env, std::string_view text);

// Moves a vector's memory into an ArrayBuffer, without a copy.
template <typename T>
Napi::ArrayBuffer to_buffer(Napi::Env env, std::vector<T>& values) {
  // An empty external buffer would be a detached one.
  if (values.empty()) return Napi::ArrayBuffer::New(env, 0);
  auto* owned = new std::vector<T>(std::move(values));
  return Napi::ArrayBuffer::New(
      env, owned->data(), owned->size() * sizeof(T),
      [](Napi::Env, void*, std::vector<T>* v) { delete v; }, owned);
}

// The same for an array; memory that others share stays until all are gone.
template <typename T>
Napi::ArrayBuffer to_buffer(Napi::Env env, Array<T>& values) {
  if (values.empty()) return Napi::ArrayBuffer::New(env, 0);
  auto* owned = new Array<T>(std::move(values));
  return Napi::ArrayBuffer::New(
      env, owned->data(), owned->size() * sizeof(T),
      [](Napi::Env, void*, Array<T>* v) { delete v; }, owned);
}

// JavaScript to core. Each throws TypeError and names the argument when the type is wrong.
uint64_t count_from(const Napi::Value& value, const char* name);
std::string string_from(const Napi::Value& value, const char* name);
std::vector<std::string> strings_from(const Napi::Value& value, const char* name);
std::vector<uint64_t> counts_from(const Napi::Value& value, const char* name);
Dtype dtype_from(const Napi::Value& value, const char* name);
std::optional<double> optional_number_from(const Napi::Value& value, const char* name);
std::optional<Dtype> optional_dtype_from(const Napi::Value& value, const char* name);
// { origin, shape, stride, pad? }, or nothing for undefined and null.
std::optional<PaddedWindow> window_from(const Napi::Value& value, const char* name);
// { size, mtimeMs }, or nothing for undefined and null.
std::optional<FileStamp> stamp_from(const Napi::Value& value, const char* name);
ImageLayout layout_from(const Napi::Value& value, const char* name);

// The memory of a typed array or DataView. The pointer comes from the view: a shared buffer must
// not be asked for as an ArrayBuffer. Valid while the JavaScript value lives.
MutableByteSpan bytes_from(const Napi::Value& value, const char* name);
// As bytes_from; empty for undefined and null.
MutableByteSpan optional_bytes_from(const Napi::Value& value, const char* name);
std::span<const double> doubles_from(const Napi::Value& value, const char* name);
// An Int32Array of one element that another thread may set; null for undefined.
CancelFlag cancel_flag_from(const Napi::Value& value, const char* name);

// Throws what a failed Result holds.
template <typename T>
T value_or_throw(Napi::Env env, Result<T>&& result) {
  if (!result) throw to_js_error(env, result.error());
  return std::move(*result);
}

}  // namespace fitstream::addon
