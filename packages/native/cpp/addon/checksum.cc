#include "checksum.h"

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

// addChecksum(sum, bytes)
Napi::Value add(const Napi::CallbackInfo& info) {
  const auto sum = static_cast<uint32_t>(count_from(info[0], "sum"));
  return Napi::Number::New(info.Env(), add_checksum(sum, bytes_from(info[1], "bytes")));
}

// sumFile(path, offset, length, stamp, cancel?): Promise of the sum
Napi::Value sum(const Napi::CallbackInfo& info) {
  Pins pins;
  pins.add(info[4]);
  return PromiseWorker<uint32_t>::run(
      info.Env(), std::move(pins),
      [path = string_from(info[0], "path"), offset = count_from(info[1], "offset"),
       length = count_from(info[2], "length"), stamp = stamp_from(info[3], "stamp"),
       cancel = cancel_flag_from(info[4], "cancel")]() -> Result<uint32_t> {
        const auto file = File::open(path);
        if (!file) return file.error();
        if (Status same = check_unchanged(*file, stamp); !same) return same.error();
        return sum_file(*file, offset, length, cancel);
      },
      [](Napi::Env env, uint32_t& sum) -> Napi::Value { return Napi::Number::New(env, sum); });
}

}  // namespace

void export_checksum(Napi::Env env, Napi::Object exports) {
  exports.Set("addChecksum", Napi::Function::New(env, add, "addChecksum"));
  exports.Set("sumFile", Napi::Function::New(env, sum, "sumFile"));
}

}  // namespace fitstream::addon
