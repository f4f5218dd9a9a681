#include "file.h"

#include <cmath>

#include "addon.h"
#include "header.h"
#include "promise_worker.h"
#include "unpack.h"

namespace fitstream::addon {
namespace {

// One file of a survey, scanned.
struct ScannedFile {
  FileStamp stamp;
  HduWalk walk;
  // Values of the wanted keywords, per HDU in the order of `walk.hdus`.
  std::vector<std::vector<std::optional<Card>>> keywords;
};

Result<ScannedFile> scan_file(const std::string& path, const std::vector<std::string>& keywords) {
  auto file = File::open(path);
  if (!file) return file.error();
  if (Status plain = check_not_packed(*file); !plain) return plain.error();
  auto walk = walk_hdus(*file);
  if (!walk) return walk.error();
  ScannedFile out{file->stamp(), std::move(*walk), {}};
  if (keywords.empty()) return out;
  for (const Hdu& hdu : out.walk.hdus) {
    const auto header = read_header(*file, hdu);
    if (!header) return header.error();
    auto& values = out.keywords.emplace_back();
    const std::string_view records(header->data(),
                                   std::min<size_t>(header->size(), hdu.cards * kCard));
    for (const std::string& keyword : keywords) values.push_back(find_card(records, keyword));
  }
  return out;
}

Napi::Value keyword_value(Napi::Env env, const std::optional<Card>& card) {
  if (!card) return env.Undefined();
  switch (card->kind) {
    case ValueKind::kLogical:
      return Napi::Boolean::New(env, card->logical);
    case ValueKind::kReal:
      return Napi::Number::New(env, card->real);
    case ValueKind::kInteger:
      return Napi::Number::New(env, std::strtod(card->text.c_str(), nullptr));
    case ValueKind::kString:
      return latin1(env, card->text);
    default:
      return env.Null();
  }
}

Napi::Object to_js(Napi::Env env, const HduWalk& walk) {
  Napi::Object out = Napi::Object::New(env);
  Napi::Array hdus = Napi::Array::New(env, walk.hdus.size());
  for (uint32_t i = 0; i < walk.hdus.size(); ++i) hdus.Set(i, addon::to_js(env, walk.hdus[i]));
  out.Set("hdus", hdus);
  if (walk.damage) out.Set("damage", addon::to_js(env, *walk.damage));
  return out;
}

Napi::Object to_js(Napi::Env env, const ScannedFile& file) {
  Napi::Object out = to_js(env, file.walk);
  out.Set("stamp", addon::to_js(env, file.stamp));
  Napi::Array all = Napi::Array::New(env, file.keywords.size());
  for (uint32_t i = 0; i < file.keywords.size(); ++i) {
    Napi::Array values = Napi::Array::New(env, file.keywords[i].size());
    for (uint32_t k = 0; k < file.keywords[i].size(); ++k)
      values.Set(k, keyword_value(env, file.keywords[i][k]));
    all.Set(i, values);
  }
  out.Set("keywords", all);
  return out;
}

// scanFiles(paths, keywords): { stamp, hdus, damage?, keywords } or { error } for each.
Napi::Value scan_files(const Napi::CallbackInfo& info) {
  using Scans = std::vector<Result<ScannedFile>>;
  return PromiseWorker<Scans>::run(
      info.Env(), Pins(),
      [paths = strings_from(info[0], "paths"),
       keywords = strings_from(info[1], "keywords")]() -> Result<Scans> {
        Scans scans;
        for (const std::string& path : paths) scans.push_back(scan_file(path, keywords));
        return scans;
      },
      [](Napi::Env env, Scans& scans) -> Napi::Value {
        Napi::Array out = Napi::Array::New(env, scans.size());
        for (uint32_t i = 0; i < scans.size(); ++i) {
          if (scans[i]) {
            out.Set(i, to_js(env, *scans[i]));
          } else {
            Napi::Object failed = Napi::Object::New(env);
            failed.Set("error", addon::to_js(env, scans[i].error()));
            out.Set(i, failed);
          }
        }
        return out;
      });
}

// walkHdus(path, offset, index, count, stamp): { hdus, damage? } of up to `count` HDUs.
Napi::Value walk(const Napi::CallbackInfo& info) {
  return PromiseWorker<HduWalk>::run(
      info.Env(), Pins(),
      [path = string_from(info[0], "path"),
       from = HduPlace{count_from(info[1], "offset"), count_from(info[2], "index")},
       count = count_from(info[3], "count"),
       stamp = stamp_from(info[4], "stamp")]() -> Result<HduWalk> {
        const auto file = File::open(path);
        if (!file) return file.error();
        if (Status same = check_unchanged(*file, stamp); !same) return same.error();
        return walk_hdus(*file, from.index + count - 1, from);
      },
      [](Napi::Env env, HduWalk& walk) -> Napi::Value { return to_js(env, walk); });
}

// statFiles(paths): Float64Array of size and mtimeMs for each; NaN where there is no such file.
Napi::Value stat_files(const Napi::CallbackInfo& info) {
  using Stamps = std::vector<double>;
  return PromiseWorker<Stamps>::run(
      info.Env(), Pins(),
      [paths = strings_from(info[0], "paths")]() -> Result<Stamps> {
        Stamps stamps;
        for (const std::string& path : paths) {
          const auto stamp = stat_file(path);
          stamps.push_back(stamp ? static_cast<double>(stamp->size) : NAN);
          stamps.push_back(stamp ? stamp->mtime_ms : NAN);
        }
        return stamps;
      },
      [](Napi::Env env, Stamps& stamps) -> Napi::Value {
        Napi::Float64Array out = Napi::Float64Array::New(env, stamps.size());
        std::copy(stamps.begin(), stamps.end(), out.Data());
        return out;
      });
}

}  // namespace

void export_file(Napi::Env env, Napi::Object exports) {
  exports.Set("scanFiles", Napi::Function::New(env, scan_files, "scanFiles"));
  exports.Set("walkHdus", Napi::Function::New(env, walk, "walkHdus"));
  exports.Set("statFiles", Napi::Function::New(env, stat_files, "statFiles"));
}

}  // namespace fitstream::addon
