#include "addon.h"
#include "table_job.h"
#include "where/evaluate.h"
#include "where/read.h"

namespace fitstream::addon {
namespace {

// The elements of a typed array of this type, where they lie.
template <typename T>
std::span<const T> span_of(const Napi::Value& value, napi_typedarray_type type, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    throw Napi::TypeError::New(value.Env(), std::string(name) + " is of another type");
  const MutableByteSpan bytes = bytes_from(value, name);
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}
template <typename T>
std::vector<T> elements_of(const Napi::Value& value, napi_typedarray_type type, const char* name) {
  const auto elements = span_of<T>(value, type, name);
  return {elements.begin(), elements.end()};
}

std::vector<std::string> texts_from(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), std::string(name) + " is no array");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> out(array.Length());
  for (uint32_t i = 0; i < out.size(); ++i) {
    const MutableByteSpan bytes = bytes_from(array.Get(i), name);
    if (!bytes.empty()) out[i].assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return out;
}

where::List list_from(const Napi::Value& value) {
  if (value.IsArray()) return texts_from(value, "lists");
  if (value.IsTypedArray()) {
    const napi_typedarray_type type = value.As<Napi::TypedArray>().TypedArrayType();
    if (type == napi_bigint64_array) return elements_of<int64_t>(value, type, "lists");
    if (type == napi_biguint64_array) return elements_of<uint64_t>(value, type, "lists");
  }
  return elements_of<double>(value, napi_float64_array, "lists");
}

// RawProgram of src/raw/where.ts. What it says is checked where it is compiled.
where::Program program_from(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "a program must be an object");
  const Napi::Object o = value.As<Napi::Object>();
  where::Program program;
  const auto code = elements_of<int32_t>(o.Get("code"), napi_int32_array, "code");
  if (code.size() % 2 != 0) throw Napi::TypeError::New(value.Env(), "code must be pairs");
  for (size_t i = 0; i < code.size(); i += 2)
    program.code.push_back({static_cast<where::Op>(code[i]), code[i + 1]});
  program.numbers = elements_of<double>(o.Get("numbers"), napi_float64_array, "numbers");
  program.integers = elements_of<int64_t>(o.Get("integers"), napi_bigint64_array, "integers");
  program.texts = texts_from(o.Get("texts"), "texts");
  const Napi::Value lists = o.Get("lists");
  if (!lists.IsArray()) throw Napi::TypeError::New(value.Env(), "lists must be an array");
  for (uint32_t i = 0; i < lists.As<Napi::Array>().Length(); ++i)
    program.lists.push_back(list_from(lists.As<Napi::Array>().Get(i)));
  // A negative number is a column that is not there either.
  for (const int32_t c : elements_of<int32_t>(o.Get("columns"), napi_int32_array, "columns"))
    program.columns.push_back(static_cast<size_t>(c));
  return program;
}

struct SearchJob {
  TableJob table;
  where::Program program;
  uint64_t limit = UINT64_MAX;
};

Result<where::Hits> search(const SearchJob& job, const TableBytes& bytes) {
  const OpenTable& table = *job.table.table;
  const TableRequest& request = job.table.request;
  if (!table.compressed)
    return where::read_where(job.table.shown(table.layout), bytes, request,
                             {job.program, table.layout, job.limit});
  if (!*table.compressed) return table.compressed->error();
  const CompressedTable& seen = **table.compressed;
  CompressedTable shown = seen;
  shown.layout = job.table.shown(std::move(shown.layout));
  return where::read_where(shown, bytes, request, {job.program, seen.layout, job.limit});
}

Napi::Value to_js_hits(Napi::Env env, where::Hits& hits) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("rows", to_buffer(env, hits.rows));
  out.Set("columns", to_js_columns(env, hits.columns));
  return out;
}

// readWhere({ where, limit? } and what readColumns takes but rowList and into)
Napi::Value read_where(const Napi::CallbackInfo& info) {
  Pins pins;
  SearchJob job{table_job_from(info[0], pins), {}};
  const Napi::Object o = info[0].As<Napi::Object>();
  job.program = program_from(o.Get("where"));
  if (const Napi::Value limit = o.Get("limit"); !limit.IsUndefined())
    job.limit = count_from(limit, "limit");
  return PromiseWorker<where::Hits>::run(
      info.Env(), std::move(pins),
      [job = std::move(job)] {
        return with_bytes<where::Hits>(job.table,
                                       [&](const TableBytes& bytes) { return search(job, bytes); });
      },
      to_js_hits);
}

CellKind kind_from(const Napi::Value& value) {
  const std::string kind = string_from(value, "kind");
  if (kind == "number") return CellKind::kNumber;
  if (kind == "logical") return CellKind::kLogical;
  if (kind == "bit") return CellKind::kBit;
  if (kind == "string") return CellKind::kString;
  throw Napi::TypeError::New(value.Env(), "kind must be number, logical, bit or string");
}

struct EvaluateJob {
  where::Program program;
  uint64_t rows = 0;
  std::vector<where::Operand> columns;
};

// RawOperand of src/raw/where.ts.
void add_operand(const Napi::Value& value, EvaluateJob& job, Pins& pins) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "a column must be an object");
  const Napi::Object o = value.As<Napi::Object>();
  where::Operand& operand = job.columns.emplace_back();
  operand.kind = kind_from(o.Get("kind"));
  operand.dtype = dtype_from(o.Get("dtype"), "dtype");
  operand.values = bytes_from(o.Get("values"), "values");
  const MutableByteSpan validity = optional_bytes_from(o.Get("validity"), "validity");
  operand.validity = {reinterpret_cast<const uint8_t*>(validity.data()), validity.size()};
  if (operand.kind == CellKind::kString)
    operand.offsets = span_of<int32_t>(o.Get("offsets"), napi_int32_array, "offsets");
  for (const char* key : {"values", "validity", "offsets"}) pins.add(o.Get(key));
}

// As RawValues of src/raw/where.ts.
Napi::Value to_js_values(Napi::Env env, where::Values& values) {
  constexpr const char* kKinds[] = {"boolean", "integer", "integer", "number", "text"};
  Napi::Object out = Napi::Object::New(env);
  out.Set("kind", Napi::String::New(env, kKinds[static_cast<size_t>(values.type)]));
  out.Set("values", to_buffer(env, values.values));
  out.Set("nulls", Napi::Number::New(env, static_cast<double>(values.nulls)));
  if (!values.offsets.empty()) out.Set("offsets", to_buffer(env, values.offsets));
  if (!values.validity.empty()) out.Set("validity", to_buffer(env, values.validity));
  return out;
}

// evaluate({ program, rows, columns })
Napi::Value evaluate(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "job must be an object");
  const Napi::Object o = info[0].As<Napi::Object>();
  Pins pins;
  EvaluateJob job;
  job.program = program_from(o.Get("program"));
  job.rows = count_from(o.Get("rows"), "rows");
  const Napi::Value columns = o.Get("columns");
  if (!columns.IsArray()) throw Napi::TypeError::New(info.Env(), "columns must be an array");
  for (uint32_t i = 0; i < columns.As<Napi::Array>().Length(); ++i)
    add_operand(columns.As<Napi::Array>().Get(i), job, pins);
  return PromiseWorker<where::Values>::run(
      info.Env(), std::move(pins),
      [job = std::move(job)] {
        return where::evaluate(job.program, job.columns, job.rows, simd::active_level());
      },
      to_js_values);
}

}  // namespace

void export_where(Napi::Env env, Napi::Object exports) {
  exports.Set("readWhere", Napi::Function::New(env, read_where, "readWhere"));
  exports.Set("evaluate", Napi::Function::New(env, evaluate, "evaluate"));
}

}  // namespace fitstream::addon
