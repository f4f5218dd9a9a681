#pragma once

#include <napi.h>

#include <memory>
#include <mutex>
#include <vector>

#include "batch.h"
#include "convert.h"

namespace fitstream::addon {

// Batch readers that are not in use: they keep files open and scratch memory warm. Shared with the
// libuv threads that work for this environment.
class ReaderPool {
 public:
  std::unique_ptr<BatchReader> take();
  void give_back(std::unique_ptr<BatchReader> reader);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<BatchReader>> idle_;
};

struct EnvironmentData {
  std::shared_ptr<ReaderPool> readers;
};
std::shared_ptr<ReaderPool> readers_of(Napi::Env env);

// Each adds the functions of one core header to the exports. Their TypeScript declarations are in
// src/binding.ts, what each takes and returns is in src/raw.
void export_header(Napi::Env env, Napi::Object exports);
void export_header_batch(Napi::Env env, Napi::Object exports);
void export_checksum(Napi::Env env, Napi::Object exports);
void export_file(Napi::Env env, Napi::Object exports);
void export_image(Napi::Env env, Napi::Object exports);
void export_batch(Napi::Env env, Napi::Object exports);
void export_table(Napi::Env env, Napi::Object exports);
void export_where(Napi::Env env, Napi::Object exports);
void export_unpack(Napi::Env env, Napi::Object exports);
void export_writer(Napi::Env env, Napi::Object exports);
void export_memory(Napi::Env env, Napi::Object exports);
void export_relation(Napi::Env env, Napi::Object exports);

}  // namespace fitstream::addon
