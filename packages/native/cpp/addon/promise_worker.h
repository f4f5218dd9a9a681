// Work off the JavaScript thread, with a promise for its result. Three phases, three rules:
//   1. The caller, on the JavaScript thread, copies or pins everything that the work needs.
//   2. `work` runs on a libuv thread and touches no JavaScript.
//   3. `finish` runs on the JavaScript thread again and builds the value.
// Pinned values (typed arrays whose memory the work uses) stay alive until phase 3 is over.
#pragma once

#include <napi.h>

#include <functional>
#include <utility>
#include <vector>

#include "convert.h"

namespace fitstream::addon {

// JavaScript values that must outlive the work.
class Pins {
 public:
  void add(const Napi::Value& value) {
    if (value.IsObject()) references_.push_back(Napi::Persistent(value.As<Napi::Object>()));
  }

 private:
  std::vector<Napi::ObjectReference> references_;
};

template <typename T>
class PromiseWorker final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result<T>()>;
  using Finish = std::function<Napi::Value(Napi::Env, T&)>;

  static Napi::Value run(Napi::Env env, Pins pins, Work work, Finish finish) {
    auto* worker = new PromiseWorker(env, std::move(pins), std::move(work), std::move(finish));
    const Napi::Promise promise = worker->deferred_.Promise();
    worker->Queue();  // deletes itself when it is done
    return promise;
  }

 private:
  PromiseWorker(Napi::Env env, Pins pins, Work work, Finish finish)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        pins_(std::move(pins)),
        work_(std::move(work)),
        finish_(std::move(finish)) {}

  void Execute() override {
    // std::bad_alloc is the one exception that can come out of the core.
    try {
      result_ = work_();
    } catch (const std::exception& e) {
      result_ = Error::of(ErrorCode::kLimit, "the read failed", {}, e.what());
    }
  }

  void OnOK() override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    if (!result_) {
      deferred_.Reject(to_js_error(env, result_.error()).Value());
      return;
    }
    try {
      deferred_.Resolve(finish_(env, *result_));
    } catch (const Napi::Error& e) {
      deferred_.Reject(e.Value());
    }
  }

  Napi::Promise::Deferred deferred_;
  Pins pins_;
  Work work_;
  Finish finish_;
  Result<T> result_ = Error::of(ErrorCode::kIo, "the work did not run");
};

// Runs `work` here and now, or as a promise: the same function for both faces of an operation.
template <typename T>
Napi::Value run(Napi::Env env, bool is_async, Pins pins, typename PromiseWorker<T>::Work work,
                typename PromiseWorker<T>::Finish finish) {
  if (is_async)
    return PromiseWorker<T>::run(env, std::move(pins), std::move(work), std::move(finish));
  Result<T> result = [&]() -> Result<T> {
    try {
      return work();
    } catch (const std::exception& e) {
      return Error::of(ErrorCode::kLimit, "the read failed", {}, e.what());
    }
  }();
  if (!result) throw to_js_error(env, result.error());
  return finish(env, *result);
}

}  // namespace fitstream::addon
