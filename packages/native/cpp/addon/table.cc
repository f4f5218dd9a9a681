#include <algorithm>
#include <cmath>

#include "addon.h"
#include "header.h"
#include "table_job.h"

namespace fitstream::addon {
namespace {

// Columns as a few flat values: an object each, made here, takes ten times as long.
class Descriptions {
 public:
  explicit Descriptions(const std::vector<Column>& columns) {
    for (const Column& column : columns) add(column);
  }

  // As RawColumns in src/raw/table.ts.
  Napi::Object to_js(Napi::Env env) const {
    Napi::Object out = Napi::Object::New(env);
    out.Set("texts", latin1(env, texts_));
    Napi::Float64Array numbers = Napi::Float64Array::New(env, numbers_.size());
    std::ranges::copy(numbers_, numbers.Data());
    out.Set("numbers", numbers);
    Napi::BigInt64Array nulls = Napi::BigInt64Array::New(env, nulls_.size());
    std::ranges::copy(nulls_, nulls.Data());
    out.Set("nulls", nulls);
    return out;
  }

 private:
  void add(const Column& column) {
    for (const std::string* text : {&column.name, &column.unit, &column.display,
                                    &column.description, &column.ucd, &column.form}) {
      texts_ += *text;
      number(texts_.size());
    }
    const bool is_text = column.kind == CellKind::kString && !column.is_variable;
    number(column.kind);
    number(column.natural_dtype());
    number(column.is_variable);
    numbers_.push_back(is_text ? static_cast<double>(column.string_width) : NAN);
    number(column.null.has_value());
    nulls_.push_back(column.null.value_or(0));
    for (const auto& limit : {column.data_min, column.data_max, column.legal_min, column.legal_max})
      numbers_.push_back(limit.value_or(NAN));
    number(column.cell_shape.size());
    for (const uint64_t length : column.cell_shape) number(length);
  }
  template <typename T>
  void number(T value) {
    numbers_.push_back(static_cast<double>(value));
  }

  std::string texts_;
  std::vector<double> numbers_;
  std::vector<int64_t> nulls_;
};

std::string_view text_of(MutableByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The table whose header is `header`; it has been scanned before, so its END is there.
Result<OpenTable> open_table(std::string_view header, uint64_t offset, uint64_t index) {
  const auto hdu = scan_hdu(header, offset, index);
  if (!hdu) return hdu.error();
  if (!*hdu) return Error::of(ErrorCode::kNoEnd, "the header has no END card");
  const std::vector<Card> cards = parse_cards(header);
  auto layout = layout_of_table(**hdu, cards);
  if (!layout) return layout.error();
  OpenTable table{(*hdu)->data_offset, std::move(*layout), {}};
  if ((*hdu)->table && (*hdu)->table->is_compressed)
    table.compressed = compressed_table_of(**hdu, cards);
  return table;
}

// openTable(header, headerOffset, index): { columns, table }, of which the latter is for reading.
Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto table = std::make_shared<const OpenTable>(value_or_throw(
      env, open_table(text_of(bytes_from(info[0], "header")), count_from(info[1], "headerOffset"),
                      count_from(info[2], "index"))));
  Napi::Object out = Napi::Object::New(env);
  out.Set("columns", Descriptions(table->layout.columns).to_js(env));
  out.Set("table",
          Napi::External<SharedTable>::New(env, new SharedTable(table),
                                           [](Napi::Env, SharedTable* held) { delete held; }));
  return out;
}

// The columns of a table, compressed or not.
Result<Columns> read_from(const TableJob& job, const TableBytes& bytes) {
  const auto& compressed = job.table->compressed;
  if (!compressed) return read_columns(job.shown(job.table->layout), bytes, job.request);
  if (!*compressed) return compressed->error();
  CompressedTable table = **compressed;
  table.layout = job.shown(std::move(table.layout));
  return read_columns(table, bytes, job.request);
}

std::vector<uint64_t> rows_from(const Napi::Value& list) {
  std::vector<uint64_t> rows;
  for (const double row : doubles_from(list, "rowList")) {
    // Also refuses NaN.
    if (!(row >= 0 && row <= 9007199254740991.0) || row != std::trunc(row))
      throw Napi::TypeError::New(list.Env(), "rows must be whole numbers >= 0");
    rows.push_back(static_cast<uint64_t>(row));
  }
  return rows;
}

// An Int32Array, or nothing for undefined.
std::optional<std::span<int32_t>> offsets_from(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const MutableByteSpan bytes = bytes_from(value, "offsetsInto");
  if (value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array)
    throw Napi::TypeError::New(value.Env(), "offsetsInto must hold Int32Arrays");
  return std::span(reinterpret_cast<int32_t*>(bytes.data()), bytes.size() / sizeof(int32_t));
}

// { columns, firstRow, rows, rowList?, maxBytes, threads, into?, offsetsInto?, cancel? }
TableRequest request_from(const Napi::Object& o, Pins& pins) {
  TableRequest request;
  for (const uint64_t c : counts_from(o.Get("columns"), "columns")) request.columns.push_back(c);
  request.rows.range = {count_from(o.Get("firstRow"), "firstRow"),
                        count_from(o.Get("rows"), "rows")};
  if (const Napi::Value list = o.Get("rowList"); list.IsObject()) {
    request.rows.list = rows_from(list);
  }
  request.max_bytes = count_from(o.Get("maxBytes"), "maxBytes");
  request.threads = count_from(o.Get("threads"), "threads");
  if (const Napi::Value into = o.Get("into"); into.IsArray()) {
    const Napi::Array memory = into.As<Napi::Array>();
    for (uint32_t i = 0; i < request.columns.size(); ++i) {
      const Napi::Value array = memory.Get(i);
      request.into.emplace_back();
      if (array.IsObject()) request.into.back() = bytes_from(array, "into");
    }
    pins.add(memory);  // nobody else has this array: it holds what is in it
  }
  if (const Napi::Value into = o.Get("offsetsInto"); into.IsArray()) {
    const Napi::Array memory = into.As<Napi::Array>();
    for (uint32_t i = 0; i < request.columns.size(); ++i)
      request.offsets_into.push_back(offsets_from(memory.Get(i)));
    pins.add(memory);
  }
  request.level = simd::active_level();
  request.cancel = cancel_flag_from(o.Get("cancel"), "cancel");
  pins.add(o.Get("cancel"));
  return request;
}

Napi::Value read(const Napi::CallbackInfo& info) {
  Pins pins;
  TableJob job = table_job_from(info[0], pins);
  return PromiseWorker<Columns>::run(
      info.Env(), std::move(pins),
      [job = std::move(job)] {
        return with_bytes<Columns>(job,
                                   [&](const TableBytes& bytes) { return read_from(job, bytes); });
      },
      to_js_columns);
}

}  // namespace

Napi::Value to_js_columns(Napi::Env env, Columns& columns) {
  Napi::Array out = Napi::Array::New(env, columns.size());
  for (uint32_t i = 0; i < columns.size(); ++i) {
    ColumnData& data = columns[i];
    Napi::Object column = Napi::Object::New(env);
    column.Set("elements", Napi::Number::New(env, static_cast<double>(data.elements)));
    column.Set("nulls", Napi::Number::New(env, static_cast<double>(data.nulls)));
    // What the caller gave is the caller's already.
    if (data.values.owner() || data.values.empty())
      column.Set("values", to_buffer(env, data.values));
    if (data.offsets.owner()) column.Set("offsets", to_buffer(env, data.offsets));
    if (!data.validity.empty()) column.Set("validity", to_buffer(env, data.validity));
    out.Set(i, column);
  }
  return out;
}

TableJob table_job_from(const Napi::Value& value, Pins& pins) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "job must be an object");
  const Napi::Object o = value.As<Napi::Object>();
  TableJob job;
  const Napi::Value table = o.Get("table");
  if (!table.IsExternal()) throw Napi::TypeError::New(value.Env(), "table must be an open table");
  job.table = *table.As<Napi::External<SharedTable>>().Data();
  if (const Napi::Value path = o.Get("path"); path.IsString()) job.path = string_from(path, "path");
  if (const Napi::Value stamp = o.Get("stamp"); stamp.IsObject()) {
    const Napi::Object s = stamp.As<Napi::Object>();
    job.stamp = FileStamp{count_from(s.Get("size"), "size"),
                          s.Get("mtimeMs").As<Napi::Number>().DoubleValue()};
  }
  job.is_immutable = o.Get("immutable").ToBoolean();
  job.data = optional_bytes_from(o.Get("data"), "data");
  pins.add(o.Get("data"));
  if (const Napi::Value skipped = o.Get("skipped"); skipped.IsNumber())
    job.skipped = count_from(skipped, "skipped");
  job.request = request_from(o, pins);
  job.is_raw = o.Get("raw").ToBoolean();
  job.as_bytes = o.Get("asBytes").ToBoolean();
  return job;
}

void export_table(Napi::Env env, Napi::Object exports) {
  exports.Set("openTable", Napi::Function::New(env, open, "openTable"));
  exports.Set("readColumns", Napi::Function::New(env, read, "readColumns"));
}

}  // namespace fitstream::addon
