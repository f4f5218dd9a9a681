#include <array>
#include <map>
#include <utility>

#include "addon.h"
#include "promise_worker.h"
#include "relation/aggregate.h"
#include "relation/argsort.h"
#include "relation/factorize.h"
#include "relation/gather.h"
#include "relation/join.h"

namespace fitstream::addon {
namespace {

using relation::Column;

template <typename T>
std::span<const T> elements_of(MutableByteSpan bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

Napi::Object object_from(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), std::string(name) + " is missing");
  return value.As<Napi::Object>();
}

// Memory of a typed array that stays while the work runs.
MutableByteSpan pinned(const Napi::Value& array, const char* name, Pins& pins) {
  pins.add(array);
  return optional_bytes_from(array, name);
}

// What all verbs take last: { threads, cancel? }
struct Control {
  size_t threads;
  CancelFlag cancel;
};
Control control_from(const Napi::Value& value, Pins& pins) {
  const Napi::Object o = object_from(value, "control");
  const Napi::Value cancel = o.Get("cancel");
  pins.add(cancel);
  return {count_from(o.Get("threads"), "threads"), cancel_flag_from(cancel, "cancel")};
}

// { dtype?, data, offsets?, validity? }; without dtype a column of strings.
Column column_from(const Napi::Value& value, Pins& pins) {
  const Napi::Object o = object_from(value, "column");
  return {optional_dtype_from(o.Get("dtype"), "dtype"), pinned(o.Get("data"), "data", pins),
          elements_of<int32_t>(pinned(o.Get("offsets"), "offsets", pins)),
          pinned(o.Get("validity"), "validity", pins)};
}

// Calls `make` for each object of an array.
template <typename Make>
auto list_from(const Napi::Value& value, const char* name, const Make& make) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), std::string(name) + " is no array");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<decltype(make(Napi::Value()))> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(make(array.Get(i)));
  return out;
}

template <typename T>
void set_buffer(Napi::Object& out, const char* name, Array<T>& values) {
  if (!values.empty()) out.Set(name, to_buffer(out.Env(), values));
}

// argsort(keys, rows, control): Promise of the row numbers
Napi::Value argsort(const Napi::CallbackInfo& info) {
  Pins pins;
  auto keys = list_from(info[0], "keys", [&](const Napi::Value& value) {
    const Napi::Object o = object_from(value, "key");
    return relation::SortKey{column_from(value, pins), o.Get("descending").ToBoolean(),
                             o.Get("nullsFirst").ToBoolean()};
  });
  const Control control = control_from(info[2], pins);
  return PromiseWorker<Array<uint32_t>>::run(
      info.Env(), std::move(pins),
      [keys = std::move(keys), rows = count_from(info[1], "rows"), control] {
        return relation::argsort(keys, rows, control.threads, control.cancel);
      },
      [](Napi::Env env, Array<uint32_t>& order) -> Napi::Value { return to_buffer(env, order); });
}

// gatherRows({ dtype, data, rowLength, validity? }, indices, control)
Napi::Value gather_rows(const Napi::CallbackInfo& info) {
  Pins pins;
  const Napi::Object o = object_from(info[0], "source");
  const relation::FixedRows source{
      dtype_from(o.Get("dtype"), "dtype"), pinned(o.Get("data"), "data", pins),
      count_from(o.Get("rowLength"), "rowLength"), pinned(o.Get("validity"), "validity", pins)};
  const auto indices = elements_of<uint32_t>(pinned(info[1], "indices", pins));
  const Control control = control_from(info[2], pins);
  return PromiseWorker<relation::GatheredRows>::run(
      info.Env(), std::move(pins),
      [=] { return relation::gather_fixed(source, indices, control.threads, control.cancel); },
      [](Napi::Env env, relation::GatheredRows& rows) -> Napi::Value {
        Napi::Object out = Napi::Object::New(env);
        out.Set("data", to_buffer(env, rows.data));
        set_buffer(out, "validity", rows.validity);
        return out;
      });
}

// gatherRagged({ data, itemSize, offsets, validity?, rowValidity? }, indices, control)
Napi::Value gather_ragged(const Napi::CallbackInfo& info) {
  Pins pins;
  const Napi::Object o = object_from(info[0], "source");
  const relation::RaggedRows source{pinned(o.Get("data"), "data", pins),
                                    count_from(o.Get("itemSize"), "itemSize"),
                                    elements_of<int32_t>(pinned(o.Get("offsets"), "offsets", pins)),
                                    pinned(o.Get("validity"), "validity", pins),
                                    pinned(o.Get("rowValidity"), "rowValidity", pins)};
  const auto indices = elements_of<uint32_t>(pinned(info[1], "indices", pins));
  const Control control = control_from(info[2], pins);
  return PromiseWorker<relation::GatheredRagged>::run(
      info.Env(), std::move(pins),
      [=] { return relation::gather_ragged(source, indices, control.threads, control.cancel); },
      [](Napi::Env env, relation::GatheredRagged& rows) -> Napi::Value {
        Napi::Object out = Napi::Object::New(env);
        out.Set("data", to_buffer(env, rows.data));
        out.Set("offsets", to_buffer(env, rows.offsets));
        set_buffer(out, "validity", rows.item_validity);
        set_buffer(out, "rowValidity", rows.row_validity);
        return out;
      });
}

// selectRows(mask)
Napi::Value select_rows(const Napi::CallbackInfo& info) {
  Pins pins;
  const auto mask = elements_of<uint8_t>(pinned(info[0], "mask", pins));
  return PromiseWorker<Array<uint32_t>>::run(
      info.Env(), std::move(pins), [mask] { return relation::select_rows(mask); },
      [](Napi::Env env, Array<uint32_t>& rows) -> Napi::Value { return to_buffer(env, rows); });
}

std::vector<Column> columns_from(const Napi::Value& value, const char* name, Pins& pins) {
  return list_from(value, name, [&](const Napi::Value& v) { return column_from(v, pins); });
}

// factorize(keys, rows, control): { codes, firsts }
Napi::Value factorize(const Napi::CallbackInfo& info) {
  Pins pins;
  auto keys = columns_from(info[0], "keys", pins);
  const Control control = control_from(info[2], pins);
  return PromiseWorker<relation::Groups>::run(
      info.Env(), std::move(pins),
      [keys = std::move(keys), rows = count_from(info[1], "rows"), control] {
        return relation::factorize(keys, rows, control.cancel);
      },
      [](Napi::Env env, relation::Groups& groups) -> Napi::Value {
        Napi::Object out = Napi::Object::New(env);
        out.Set("codes", to_buffer(env, groups.codes));
        out.Set("firsts", to_buffer(env, groups.firsts));
        return out;
      });
}

// "count" and the like, or a number: that quantile
relation::Aggregate aggregate_from(const Napi::Value& value) {
  using relation::Statistic;
  if (value.IsNumber()) return {Statistic::kQuantile, value.As<Napi::Number>().DoubleValue()};
  static const std::map<std::string, Statistic> kNames{
      {"count", Statistic::kCount}, {"sum", Statistic::kSum},   {"mean", Statistic::kMean},
      {"std", Statistic::kStd},     {"min", Statistic::kMin},   {"max", Statistic::kMax},
      {"first", Statistic::kFirst}, {"last", Statistic::kLast}, {"median", Statistic::kMedian}};
  const auto found = kNames.find(string_from(value, "statistic"));
  if (found != kNames.end()) return {found->second};
  throw Napi::TypeError::New(value.Env(), "statistic must be the name of one");
}

// { counts } (or rows), { integers } or { doubles }, and validity?
Napi::Object to_js(Napi::Env env, relation::AggregatedColumn& column) {
  Napi::Object out = Napi::Object::New(env);
  constexpr std::array kNames{"counts", "integers", "doubles"};
  const char* const name = kNames[column.values.index()];
  std::visit([&](auto& values) { out.Set(name, to_buffer(env, values)); }, column.values);
  set_buffer(out, "validity", column.validity);
  return out;
}

// aggregate(values, { rows, codes?, groups }, statistics, control)
Napi::Value aggregate(const Napi::CallbackInfo& info) {
  using AggregatedColumns = std::vector<relation::AggregatedColumn>;
  Pins pins;
  const Column values = column_from(info[0], pins);
  const Napi::Object o = object_from(info[1], "groups");
  relation::GroupedRows grouped{
      count_from(o.Get("rows"), "rows"), {}, count_from(o.Get("groups"), "groups")};
  if (const Napi::Value codes = o.Get("codes"); codes.IsObject())
    grouped.codes = elements_of<uint32_t>(pinned(codes, "codes", pins));
  auto aggregates = list_from(info[2], "statistics", aggregate_from);
  const Control control = control_from(info[3], pins);
  return PromiseWorker<AggregatedColumns>::run(
      info.Env(), std::move(pins),
      [=] {
        return relation::aggregate(values, grouped, aggregates, control.threads, control.cancel);
      },
      [](Napi::Env env, AggregatedColumns& columns) -> Napi::Value {
        Napi::Array out = Napi::Array::New(env, columns.size());
        for (uint32_t i = 0; i < columns.size(); ++i) out.Set(i, to_js(env, columns[i]));
        return out;
      });
}

relation::JoinKind join_kind_from(const Napi::Value& value) {
  using relation::JoinKind;
  static const std::map<std::string, JoinKind> kNames{{"inner", JoinKind::kInner},
                                                      {"left", JoinKind::kLeft},
                                                      {"outer", JoinKind::kOuter},
                                                      {"semi", JoinKind::kSemi},
                                                      {"anti", JoinKind::kAnti}};
  const auto found = kNames.find(string_from(value, "how"));
  if (found != kNames.end()) return found->second;
  throw Napi::TypeError::New(value.Env(), "how must be inner, left, outer, semi or anti");
}

// joinRows(left, leftRows, right, rightRows, how, maxRows, control): { left, right }
Napi::Value join_rows(const Napi::CallbackInfo& info) {
  Pins pins;
  auto left = columns_from(info[0], "left", pins);
  auto right = columns_from(info[2], "right", pins);
  const Control control = control_from(info[6], pins);
  return PromiseWorker<relation::JoinedRows>::run(
      info.Env(), std::move(pins),
      [left = std::move(left), right = std::move(right),
       left_rows = count_from(info[1], "leftRows"), right_rows = count_from(info[3], "rightRows"),
       kind = join_kind_from(info[4]), max_rows = count_from(info[5], "maxRows"), control] {
        return relation::join_rows({left, left_rows}, {right, right_rows}, kind, max_rows,
                                   control.cancel);
      },
      [](Napi::Env env, relation::JoinedRows& rows) -> Napi::Value {
        Napi::Object out = Napi::Object::New(env);
        out.Set("left", to_buffer(env, rows.left));
        out.Set("right", to_buffer(env, rows.right));
        return out;
      });
}

}  // namespace

void export_relation(Napi::Env env, Napi::Object exports) {
  exports.Set("argsort", Napi::Function::New(env, argsort, "argsort"));
  exports.Set("gatherRows", Napi::Function::New(env, gather_rows, "gatherRows"));
  exports.Set("gatherRagged", Napi::Function::New(env, gather_ragged, "gatherRagged"));
  exports.Set("factorize", Napi::Function::New(env, factorize, "factorize"));
  exports.Set("aggregate", Napi::Function::New(env, aggregate, "aggregate"));
  exports.Set("joinRows", Napi::Function::New(env, join_rows, "joinRows"));
  exports.Set("selectRows", Napi::Function::New(env, select_rows, "selectRows"));
}

}  // namespace fitstream::addon
