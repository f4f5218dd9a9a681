#include "unpack.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

Status write_all(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0)
      bytes = bytes.subspan(static_cast<size_t>(n));
    else if (errno != EINTR)
      return Error::of(ErrorCode::kIo, "cannot write the unpacked file", {}, std::strerror(errno));
  }
  return ok();
}

Napi::Value packing(const Napi::CallbackInfo& info) {
  const std::string_view name = packing_of(bytes_from(info[0], "bytes"));
  return name.empty() ? info.Env().Null() : Napi::Value(to_js(info.Env(), name));
}

// unpack(packed, fd, maxBytes, cancel?): Promise<undefined>; `packed` is a path or bytes.
Napi::Value unpack_to(const Napi::CallbackInfo& info) {
  Pins pins;
  pins.add(info[0]);
  pins.add(info[3]);
  const bool is_file = info[0].IsString();
  return PromiseWorker<Done>::run(
      info.Env(), std::move(pins),
      [path = is_file ? string_from(info[0], "packed") : std::string(),
       bytes = is_file ? ByteSpan() : ByteSpan(bytes_from(info[0], "packed")), is_file,
       fd = static_cast<int>(count_from(info[1], "fd")), max = count_from(info[2], "maxBytes"),
       cancel = cancel_flag_from(info[3], "cancel")]() -> Status {
        const UnpackSink sink = [fd](ByteSpan piece) { return write_all(fd, piece); };
        if (!is_file) return unpack(bytes, max, cancel, sink);
        const auto file = File::open(path);
        if (!file) return file.error();
        return unpack(*file, max, cancel, sink);
      },
      [](Napi::Env env, Done&) -> Napi::Value { return env.Undefined(); });
}

}  // namespace

void export_unpack(Napi::Env env, Napi::Object exports) {
  exports.Set("packingOf", Napi::Function::New(env, packing, "packingOf"));
  exports.Set("unpack", Napi::Function::New(env, unpack_to, "unpack"));
}

}  // namespace fitstream::addon
