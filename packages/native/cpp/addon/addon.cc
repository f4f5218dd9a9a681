// The export table, and what one JavaScript environment (main thread or worker) holds. There is no
// other state: the addon is loaded once per environment, and none sees another's.
#include "addon.h"

#include "simd/cpu.h"

namespace fitstream::addon {

std::unique_ptr<BatchReader> ReaderPool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<BatchReader>(simd::active_level());
  auto reader = std::move(idle_.back());
  idle_.pop_back();
  return reader;
}

void ReaderPool::give_back(std::unique_ptr<BatchReader> reader) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
}

std::shared_ptr<ReaderPool> readers_of(Napi::Env env) {
  return env.GetInstanceData<EnvironmentData>()->readers;
}

namespace {

Napi::Value simd_level(const Napi::CallbackInfo& info) {
  return to_js(info.Env(), simd::level_name(simd::active_level()));
}

Napi::Value error_codes(const Napi::CallbackInfo& info) {
  Napi::Array codes = Napi::Array::New(info.Env());
  for (int i = 0; i <= static_cast<int>(ErrorCode::kAborted); ++i)
    codes.Set(static_cast<uint32_t>(i),
              to_js(info.Env(), error_code_name(static_cast<ErrorCode>(i))));
  return codes;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new EnvironmentData{std::make_shared<ReaderPool>()});
  exports.Set("simdLevel", Napi::Function::New(env, simd_level, "simdLevel"));
  exports.Set("errorCodes", Napi::Function::New(env, error_codes, "errorCodes"));
  export_header(env, exports);
  export_header_batch(env, exports);
  export_checksum(env, exports);
  export_file(env, exports);
  export_image(env, exports);
  export_batch(env, exports);
  export_table(env, exports);
  export_where(env, exports);
  export_unpack(env, exports);
  export_writer(env, exports);
  export_memory(env, exports);
  export_relation(env, exports);
  return exports;
}

}  // namespace
}  // namespace fitstream::addon

static Napi::Object initialize_addon(Napi::Env env, Napi::Object exports) {
  return fitstream::addon::initialize(env, exports);
}
NODE_API_MODULE(fitstream, initialize_addon)
