#include "unpack.h"

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

// Hands a vector's memory to JavaScript without a copy.
Napi::Value to_array(Napi::Env env, std::vector<std::byte>& bytes) {
  auto* owned = new std::vector<std::byte>(std::move(bytes));
  const size_t length = owned->size();
  const Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(
      env, owned->data(), length, [](Napi::Env, void*, std::vector<std::byte>* v) { delete v; }, owned);
  return Napi::Uint8Array::New(env, length, buffer, 0);
}

Napi::Value packing(const Napi::CallbackInfo& info) {
  const std::string_view name = packing_of(bytes_from(info[0], "bytes"));
  return name.empty() ? info.Env().Null() : Napi::Value(to_js(info.Env(), name));
}

// unpack(bytes, maxBytes, cancel?): Promise of a Uint8Array.
Napi::Value unpack_bytes(const Napi::CallbackInfo& info) {
  Pins pins;
  pins.add(info[0]);
  pins.add(info[2]);
  return PromiseWorker<std::vector<std::byte>>::run(
      info.Env(), std::move(pins),
      [packed = ByteSpan(bytes_from(info[0], "bytes")), max = count_from(info[1], "maxBytes"),
       cancel = cancel_flag_from(info[2], "cancel")] { return unpack(packed, max, cancel); },
      to_array);
}

}  // namespace

void export_unpack(Napi::Env env, Napi::Object exports) {
  exports.Set("packingOf", Napi::Function::New(env, packing, "packingOf"));
  exports.Set("unpack", Napi::Function::New(env, unpack_bytes, "unpack"));
}

}  // namespace fitstream::addon
