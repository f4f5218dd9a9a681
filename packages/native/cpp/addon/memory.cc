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

}  // namespace

void export_memory(Napi::Env env, Napi::Object exports) {
  exports.Set("alignmentGap", Napi::Function::New(env, alignment_gap_of, "alignmentGap"));
  exports.Set("adviseHugePages", Napi::Function::New(env, advise, "adviseHugePages"));
}

}  // namespace fitstream::addon
