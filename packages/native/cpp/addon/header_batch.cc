#include "header_batch.h"

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

// What a query points to, kept while the work runs.
struct Job {
  std::vector<std::string> paths;
  HduChoice hdu;
  CancelFlag cancel;
  HeaderQuery query() const { return {paths, hdu, cancel}; }
};

// (paths, { index, name?, version? }, cancel?)
Job job_from(const Napi::CallbackInfo& info) {
  Job job{strings_from(info[0], "paths"), {}, cancel_flag_from(info[2], "cancel")};
  if (!info[1].IsObject()) throw Napi::TypeError::New(info.Env(), "hdu must be an object");
  const Napi::Object hdu = info[1].As<Napi::Object>();
  job.hdu.index = count_from(hdu.Get("index"), "index");
  if (const Napi::Value name = hdu.Get("name"); !name.IsUndefined())
    job.hdu.name = string_from(name, "name");
  if (const Napi::Value version = hdu.Get("version"); version.IsNumber())
    job.hdu.version = version.As<Napi::Number>().Int64Value();
  return job;
}

Napi::Array to_js(Napi::Env env, const std::vector<FailedFile>& failed) {
  Napi::Array out = Napi::Array::New(env, failed.size());
  for (uint32_t i = 0; i < failed.size(); ++i) {
    Napi::Object file = Napi::Object::New(env);
    file.Set("file", Napi::Number::New(env, static_cast<double>(failed[i].file)));
    file.Set("error", addon::to_js(env, failed[i].error));
    out.Set(i, file);
  }
  return out;
}

// The memory of a string as an ArrayBuffer, without a copy.
Napi::ArrayBuffer to_buffer(Napi::Env env, std::string& text) {
  if (text.empty()) return Napi::ArrayBuffer::New(env, 0);
  auto* owned = new std::string(std::move(text));
  return Napi::ArrayBuffer::New(
      env, owned->data(), owned->size(), [](Napi::Env, void*, std::string* s) { delete s; }, owned);
}

template <typename T>
Napi::Value work_on(const Napi::CallbackInfo& info, std::function<T(const HeaderQuery&)> read,
                    typename PromiseWorker<T>::Finish finish) {
  Pins pins;
  pins.add(info[2]);
  return PromiseWorker<T>::run(
      info.Env(), std::move(pins),
      [job = job_from(info), read = std::move(read)]() -> Result<T> { return read(job.query()); },
      std::move(finish));
}

// readKeywords(paths, hdu, cancel, keywords): { kinds, numbers, texts, textEnds, failed }
Napi::Value keywords(const Napi::CallbackInfo& info) {
  return work_on<KeywordRows>(
      info,
      [keywords = strings_from(info[3], "keywords")](const HeaderQuery& query) {
        return read_keywords(query, keywords);
      },
      [](Napi::Env env, KeywordRows& rows) -> Napi::Value {
        Napi::Object out = Napi::Object::New(env);
        out.Set("kinds", addon::to_buffer(env, rows.kinds));
        out.Set("numbers", addon::to_buffer(env, rows.numbers));
        out.Set("texts", to_buffer(env, rows.texts));
        out.Set("textEnds", addon::to_buffer(env, rows.text_ends));
        out.Set("failed", to_js(env, rows.failed));
        return out;
      });
}

// readHeaders(paths, hdu, cancel): { texts, ends, failed }
Napi::Value headers(const Napi::CallbackInfo& info) {
  return work_on<HeaderTexts>(info, read_headers,
                              [](Napi::Env env, HeaderTexts& headers) -> Napi::Value {
                                Napi::Object out = Napi::Object::New(env);
                                out.Set("texts", to_buffer(env, headers.texts));
                                out.Set("ends", addon::to_buffer(env, headers.ends));
                                out.Set("failed", to_js(env, headers.failed));
                                return out;
                              });
}

}  // namespace

void export_header_batch(Napi::Env env, Napi::Object exports) {
  exports.Set("readKeywords", Napi::Function::New(env, keywords, "readKeywords"));
  exports.Set("readHeaders", Napi::Function::New(env, headers, "readHeaders"));
}

}  // namespace fitstream::addon
