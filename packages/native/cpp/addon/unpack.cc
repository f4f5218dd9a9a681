#include "unpack.h"

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

Napi::Value to_array(Napi::Env env, std::vector<std::byte>& bytes) {
  const size_t length = bytes.size();
  return Napi::Uint8Array::New(env, length, to_buffer(env, bytes), 0);
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
