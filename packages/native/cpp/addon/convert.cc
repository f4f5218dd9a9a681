#include "convert.h"

#include <cmath>

namespace fitstream::addon {
namespace {

[[noreturn]] void wrong_type(const Napi::Value& value, const char* name, const char* expected) {
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be " + expected);
}

Napi::Object object_from(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) wrong_type(value, name, "an object");
  return value.As<Napi::Object>();
}

int64_t whole_number_from(const Napi::Value& value, const char* name, const char* expected) {
  const double v = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  // Also refuses NaN and infinity.
  if (!(std::abs(v) <= 9007199254740991.0) || v != std::trunc(v)) wrong_type(value, name, expected);
  return static_cast<int64_t>(v);
}

// Applies `convert` to every element of an array.
template <typename Convert>
auto elements_from(const Napi::Value& value, const char* name, const Convert& convert) {
  if (!value.IsArray()) wrong_type(value, name, "an array of whole numbers");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<decltype(convert(value))> out(array.Length());
  for (uint32_t i = 0; i < out.size(); ++i) out[i] = convert(array.Get(i));
  return out;
}

std::vector<int64_t> whole_numbers_from(const Napi::Value& value, const char* name) {
  return elements_from(value, name, [&](const Napi::Value& v) {
    return whole_number_from(v, name, "a whole number");
  });
}

Napi::Value optional_string(Napi::Env env, const std::string& s) {
  return s.empty() ? env.Undefined() : Napi::Value(latin1(env, s));
}

}  // namespace

Napi::String to_js(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}

Napi::String latin1(Napi::Env env, std::string_view text) {
  napi_value value;
  const napi_status status = napi_create_string_latin1(env, text.data(), text.size(), &value);
  if (status != napi_ok) throw Napi::Error::New(env);
  return Napi::String(env, value);
}

Napi::Array to_js(Napi::Env env, const std::vector<uint64_t>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); ++i)
    array.Set(i, Napi::Number::New(env, static_cast<double>(values[i])));
  return array;
}

Napi::Object to_js(Napi::Env env, const Error& e) {
  Napi::Object fields = Napi::Object::New(env);
  fields.Set("code", to_js(env, error_code_name(e.code)));
  fields.Set("what", latin1(env, e.what));
  if (!e.expected.empty()) fields.Set("expected", latin1(env, e.expected));
  if (!e.found.empty()) fields.Set("found", latin1(env, e.found));
  if (!e.path.empty()) fields.Set("path", to_js(env, e.path));
  if (!e.keyword.empty()) fields.Set("keyword", latin1(env, e.keyword));
  if (e.hdu >= 0) fields.Set("hdu", Napi::Number::New(env, static_cast<double>(e.hdu)));
  if (e.card >= 0) fields.Set("card", Napi::Number::New(env, static_cast<double>(e.card)));
  if (e.offset >= 0) fields.Set("offset", Napi::Number::New(env, static_cast<double>(e.offset)));
  return fields;
}

Napi::Error to_js_error(Napi::Env env, const Error& e) {
  Napi::Error error = Napi::Error::New(env, e.what);
  error.Value().Set("fits", to_js(env, e));
  return error;
}

Napi::Object to_js(Napi::Env env, const FileStamp& stamp) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("size", Napi::Number::New(env, static_cast<double>(stamp.size)));
  out.Set("mtimeMs", Napi::Number::New(env, stamp.mtime_ms));
  return out;
}

Napi::Object to_js(Napi::Env env, const Hdu& hdu) {
  const auto number = [&](auto v) { return Napi::Number::New(env, static_cast<double>(v)); };
  Napi::Object out = Napi::Object::New(env);
  out.Set("kind", to_js(env, hdu_kind_name(hdu.kind)));
  out.Set("index", number(hdu.index));
  out.Set("headerOffset", number(hdu.header_offset));
  out.Set("headerLength", number(hdu.header_length));
  out.Set("cards", number(hdu.cards));
  out.Set("dataOffset", number(hdu.data_offset));
  out.Set("dataLength", number(hdu.data_length));
  out.Set("end", number(hdu.end()));
  out.Set("xtension", optional_string(env, hdu.xtension));
  out.Set("extname", optional_string(env, hdu.extname));
  out.Set("extver", number(hdu.extver));
  const bool is_compressed = hdu.compressed.has_value();
  const int bitpix = is_compressed ? hdu.compressed->bitpix : hdu.bitpix;
  out.Set("bitpix", number(bitpix));
  std::vector<uint64_t> shape = is_compressed ? hdu.compressed->axes : hdu.axes;
  std::reverse(shape.begin(), shape.end());
  out.Set("shape", to_js(env, shape));
  out.Set("pcount", number(hdu.pcount));
  out.Set("gcount", number(hdu.gcount));
  out.Set("bscale", number(hdu.scaling.bscale));
  out.Set("bzero", number(hdu.scaling.bzero));
  out.Set("blank",
          hdu.scaling.blank ? Napi::Value(Napi::BigInt::New(env, *hdu.scaling.blank)) : env.Null());
  if (hdu.kind == HduKind::kImage || hdu.kind == HduKind::kGroups || is_compressed)
    out.Set("dtype", to_js(env, name_of(natural_dtype(*dtype_of_bitpix(bitpix), hdu.scaling))));
  if (is_compressed) {
    out.Set("codec", latin1(env, hdu.compressed->codec));
    std::vector<uint64_t> tile(hdu.compressed->tile.rbegin(), hdu.compressed->tile.rend());
    out.Set("tile", to_js(env, tile));
  }
  if (hdu.table) {
    out.Set("rows", number(hdu.table->rows));
    out.Set("rowLength", number(hdu.table->row_length));
    out.Set("columns", number(hdu.table->columns));
    out.Set("isCompressedTable", Napi::Boolean::New(env, hdu.table->is_compressed));
  }
  if (hdu.defect) out.Set("defect", to_js(env, *hdu.defect));
  return out;
}

uint64_t count_from(const Napi::Value& value, const char* name) {
  const int64_t n = whole_number_from(value, name, "a whole number >= 0");
  if (n < 0) wrong_type(value, name, "a whole number >= 0");
  return static_cast<uint64_t>(n);
}

std::string string_from(const Napi::Value& value, const char* name) {
  // Most are short: asking for the length first would take as long as copying them.
  char text[512];
  size_t length = 0;
  if (napi_get_value_string_utf8(value.Env(), value, text, sizeof text, &length) != napi_ok)
    wrong_type(value, name, "a string");
  // As much of a longer one as fits whole characters.
  if (length < sizeof text - 4) return {text, length};
  return value.As<Napi::String>().Utf8Value();
}

std::vector<std::string> strings_from(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) wrong_type(value, name, "an array of strings");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> out(array.Length());
  for (uint32_t i = 0; i < out.size(); ++i) out[i] = string_from(array.Get(i), name);
  return out;
}

std::vector<uint64_t> counts_from(const Napi::Value& value, const char* name) {
  return elements_from(value, name, [&](const Napi::Value& v) { return count_from(v, name); });
}

std::optional<double> optional_number_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  if (!value.IsNumber()) wrong_type(value, name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::optional<Dtype> optional_dtype_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  return dtype_from(value, name);
}

Dtype dtype_from(const Napi::Value& value, const char* name) {
  const auto dtype = dtype_named(string_from(value, name));
  if (!dtype) wrong_type(value, name, "the name of a dtype");
  return *dtype;
}

std::optional<PaddedWindow> window_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  const Napi::Object o = object_from(value, name);
  return PaddedWindow{whole_numbers_from(o.Get("origin"), "origin"),
                      counts_from(o.Get("shape"), "shape"), counts_from(o.Get("stride"), "stride"),
                      optional_number_from(o.Get("pad"), "pad")};
}

std::optional<FileStamp> stamp_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return std::nullopt;
  const Napi::Object o = object_from(value, name);
  const Napi::Value mtime = o.Get("mtimeMs");
  if (!mtime.IsNumber()) wrong_type(value, "mtimeMs", "a number");
  return FileStamp{count_from(o.Get("size"), "size"), mtime.As<Napi::Number>().DoubleValue()};
}

ImageLayout layout_from(const Napi::Value& value, const char* name) {
  const Napi::Object o = object_from(value, name);
  const auto number = [&](const char* key) {
    const Napi::Value v = o.Get(key);
    if (!v.IsNumber()) wrong_type(value, key, "a number");
    return v.As<Napi::Number>().DoubleValue();
  };
  ImageLayout layout;
  const auto stored = dtype_of_bitpix(static_cast<int64_t>(number("bitpix")));
  if (!stored) wrong_type(value, "bitpix", "8, 16, 32, 64, -32 or -64");
  layout.stored = *stored;
  layout.shape = counts_from(o.Get("shape"), "shape");
  layout.data_offset = count_from(o.Get("dataOffset"), "dataOffset");
  layout.scaling = {number("bscale"), number("bzero"), std::nullopt};
  if (const Napi::Value length = o.Get("sliceLength"); !length.IsUndefined())
    layout.slice_length = count_from(length, "sliceLength");
  if (const Napi::Value blank = o.Get("blank"); blank.IsBigInt()) {
    bool lossless = false;
    layout.scaling.blank = blank.As<Napi::BigInt>().Int64Value(&lossless);
  }
  return layout;
}

MutableByteSpan bytes_from(const Napi::Value& value, const char* name) {
  void* data = nullptr;
  size_t length = 0;
  if (value.IsTypedArray()) {
    napi_typedarray_type type;
    if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) !=
        napi_ok)
      wrong_type(value, name, "a typed array");
    length *= value.As<Napi::TypedArray>().ElementSize();
    return {static_cast<std::byte*>(data), length};
  }
  wrong_type(value, name, "a typed array");
}

MutableByteSpan optional_bytes_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return {};
  return bytes_from(value, name);
}

std::span<const double> doubles_from(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    wrong_type(value, name, "a Float64Array");
  const MutableByteSpan bytes = bytes_from(value, name);
  return {reinterpret_cast<const double*>(bytes.data()), bytes.size() / sizeof(double)};
}

CancelFlag cancel_flag_from(const Napi::Value& value, const char* name) {
  if (value.IsUndefined() || value.IsNull()) return nullptr;
  const bool is_int32 =
      value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  const MutableByteSpan bytes = is_int32 ? bytes_from(value, name) : MutableByteSpan();
  if (bytes.size() < sizeof(int32_t)) wrong_type(value, name, "an Int32Array of one element");
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t) &&
                std::atomic<int32_t>::is_always_lock_free);
  return reinterpret_cast<const std::atomic<int32_t>*>(bytes.data());
}

}  // namespace fitstream::addon
