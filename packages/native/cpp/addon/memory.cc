#include "memory.h"

#include "addon.h"

namespace fitstream::addon {
namespace {

Napi::Value alignment_gap_of(const Napi::CallbackInfo& info) {
  const MutableByteSpan bytes = bytes_from(info[0], "memory");
  const size_t gap = alignment_gap(bytes.data(), count_from(info[1], "alignment"));
  return Napi::Number::New(info.Env(), static_cast<double>(gap));
}

Napi::Value advise(const Napi::CallbackInfo& info) {
  advise_huge_pages(bytes_from(info[0], "memory"));
  return info.Env().Undefined();
}

// allocate(bytes): an ArrayBuffer of pages, or null: take memory from JavaScript then.
Napi::Value allocate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const MutableByteSpan pages = take_pages(count_from(info[0], "bytes"));
  if (pages.empty()) return env.Null();
  napi_value buffer;
  const auto give_back = [](napi_env, void* data, void* length) {
    give_back_pages({static_cast<std::byte*>(data), reinterpret_cast<size_t>(length)});
  };
  const napi_status status = napi_create_external_arraybuffer(
      env, pages.data(), pages.size(), give_back, reinterpret_cast<void*>(pages.size()), &buffer);
  if (status == napi_ok) return Napi::Value(env, buffer);
  // Electron allows no external buffers.
  give_back_pages(pages);
  return env.Null();
}

}  // namespace

void export_memory(Napi::Env env, Napi::Object exports) {
  exports.Set("allocate", Napi::Function::New(env, allocate, "allocate"));
  exports.Set("alignmentGap", Napi::Function::New(env, alignment_gap_of, "alignmentGap"));
  exports.Set("adviseHugePages", Napi::Function::New(env, advise, "adviseHugePages"));
}

}  // namespace fitstream::addon
