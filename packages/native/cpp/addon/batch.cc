#include "batch.h"

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

using Failures = std::vector<FailedSample>;

// A Uint8Array, or an array of them.
std::vector<MutableByteSpan> targets_from(const Napi::Value& value, Pins& pins) {
  if (!value.IsArray()) return {bytes_from(value, "target")};
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<MutableByteSpan> targets;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value target = array.Get(i);
    pins.add(target);
    targets.push_back(bytes_from(target, "target"));
  }
  return targets;
}

// { images, paths, samples, shape, stride, pad?, dtype, target, sampleStep, immutable?, packed?,
// shards?, cancel? }; every array is pinned, so that the work may use its memory.
BatchRequest request_from(const Napi::Value& value, Pins& pins) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "request must be an object");
  const Napi::Object o = value.As<Napi::Object>();
  const auto pinned = [&](const char* key) {
    pins.add(o.Get(key));
    return o.Get(key);
  };
  BatchRequest request;
  const MutableByteSpan images = bytes_from(pinned("images"), "images");
  if (images.size() % sizeof(ImageRecord) != 0 ||
      reinterpret_cast<uintptr_t>(images.data()) % alignof(ImageRecord) != 0)
    throw Napi::TypeError::New(value.Env(), "images must be whole, aligned records");
  request.images = {reinterpret_cast<const ImageRecord*>(images.data()),
                    images.size() / sizeof(ImageRecord)};
  const MutableByteSpan paths = bytes_from(pinned("paths"), "paths");
  request.paths = {reinterpret_cast<const char*>(paths.data()), paths.size()};
  request.samples = doubles_from(pinned("samples"), "samples");
  request.shape = counts_from(o.Get("shape"), "shape");
  request.stride = counts_from(o.Get("stride"), "stride");
  request.pad = optional_number_from(o.Get("pad"), "pad");
  request.out = dtype_from(o.Get("dtype"), "dtype");
  request.targets = targets_from(pinned("target"), pins);
  request.sample_step = count_from(o.Get("sampleStep"), "sampleStep");
  request.is_immutable = o.Get("immutable").ToBoolean();
  request.cancel = cancel_flag_from(pinned("cancel"), "cancel");
  const Napi::Value packed = pinned("packed");
  const Napi::Value shards = pinned("shards");
  request.is_fetched = !packed.IsUndefined() || !shards.IsUndefined();
  request.fetched.packed = optional_bytes_from(packed, "packed");
  if (shards.IsArray()) {
    const Napi::Array array = shards.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) {
      const Napi::Object shard = array.Get(i).As<Napi::Object>();
      pins.add(shard.Get("bytes"));
      request.fetched.shards.push_back(
          {static_cast<uint32_t>(count_from(shard.Get("image"), "image")),
           bytes_from(shard.Get("bytes"), "bytes")});
    }
  }
  return request;
}

Napi::Value to_js_failures(Napi::Env env, Failures& failures) {
  Napi::Array out = Napi::Array::New(env, failures.size());
  for (uint32_t i = 0; i < failures.size(); ++i) {
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("place", Napi::Number::New(env, static_cast<double>(failures[i].place)));
    failure.Set("error", to_js(env, failures[i].error));
    out.Set(i, failure);
  }
  return out;
}

Napi::Value read(const Napi::CallbackInfo& info, bool is_async) {
  Pins pins;
  BatchRequest request = request_from(info[0], pins);
  return run<Failures>(
      info.Env(), is_async, std::move(pins),
      [request = std::move(request), readers = readers_of(info.Env())] {
        auto reader = readers->take();
        auto failures = reader->read(request);
        readers->give_back(std::move(reader));
        return failures;
      },
      to_js_failures);
}
Napi::Value read_batch_sync(const Napi::CallbackInfo& info) { return read(info, false); }
Napi::Value read_batch_async(const Napi::CallbackInfo& info) { return read(info, true); }

}  // namespace

void export_batch(Napi::Env env, Napi::Object exports) {
  exports.Set("readBatch", Napi::Function::New(env, read_batch_async, "readBatch"));
  exports.Set("readBatchSync", Napi::Function::New(env, read_batch_sync, "readBatchSync"));
}

}  // namespace fitstream::addon
