#include "cfitsio/writer.h"

#include <cmath>

#include "addon.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

using cfitsio::ColumnToWrite;
using cfitsio::HduToWrite;
using cfitsio::ImageToWrite;
using cfitsio::KeywordValue;
using cfitsio::TableToWrite;
using cfitsio::TileCompression;

Napi::Object object_at(const Napi::Array& array, uint32_t i, const char* name) {
  const Napi::Value value = array.Get(i);
  if (!value.IsObject())
    throw Napi::TypeError::New(array.Env(), std::string(name) + " must be an array of objects");
  return value.As<Napi::Object>();
}
Napi::Array array_from(const Napi::Value& value, const char* name) {
  if (!value.IsArray())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an array");
  return value.As<Napi::Array>();
}

KeywordValue keyword_from(const Napi::Object& o) {
  KeywordValue out;
  out.keyword = string_from(o.Get("keyword"), "keyword");
  if (const Napi::Value c = o.Get("comment"); c.IsString()) out.comment = string_from(c, "comment");
  const Napi::Value v = o.Get("value");
  if (v.IsBoolean()) {
    out.value = v.As<Napi::Boolean>().Value();
  } else if (v.IsBigInt()) {
    bool lossless = false;
    out.value = v.As<Napi::BigInt>().Int64Value(&lossless);
    if (!lossless) throw Napi::TypeError::New(o.Env(), out.keyword + " leaves 64 bits");
  } else if (v.IsNumber()) {
    const double d = v.As<Napi::Number>().DoubleValue();
    const bool is_integer = d == std::trunc(d) && std::fabs(d) <= 9007199254740992.0;
    if (is_integer)
      out.value = static_cast<int64_t>(d);
    else
      out.value = d;
  } else if (v.IsString()) {
    out.value = string_from(v, "value");
  }
  return out;
}

ImageToWrite image_from(const Napi::Object& o, Pins& pins) {
  ImageToWrite image;
  image.dtype = dtype_from(o.Get("dtype"), "dtype");
  image.shape = counts_from(o.Get("shape"), "shape");
  image.pixels = bytes_from(o.Get("pixels"), "pixels");
  pins.add(o.Get("pixels"));
  if (const Napi::Value c = o.Get("compression"); c.IsObject()) {
    const Napi::Object co = c.As<Napi::Object>();
    TileCompression compression;
    compression.codec = string_from(co.Get("codec"), "codec");
    if (const Napi::Value tile = co.Get("tile"); tile.IsArray())
      compression.tile = counts_from(tile, "tile");
    if (const Napi::Value q = co.Get("quantize"); q.IsNumber())
      compression.quantize = q.As<Napi::Number>().DoubleValue();
    if (const Napi::Value s = co.Get("ditherSeed"); s.IsNumber())
      compression.dither_seed = static_cast<int>(count_from(s, "ditherSeed"));
    image.compression = std::move(compression);
  }
  return image;
}

TableToWrite table_from(const Napi::Object& o, Pins& pins) {
  TableToWrite table;
  table.rows = count_from(o.Get("rows"), "rows");
  const Napi::Array columns = array_from(o.Get("columns"), "columns");
  for (uint32_t i = 0; i < columns.Length(); ++i) {
    const Napi::Object c = object_at(columns, i, "columns");
    ColumnToWrite column;
    column.name = string_from(c.Get("name"), "name");
    column.form = string_from(c.Get("form"), "form");
    column.unit = string_from(c.Get("unit"), "unit");
    column.dtype = dtype_from(c.Get("dtype"), "dtype");
    column.is_string = c.Get("isString").ToBoolean();
    column.is_logical = c.Get("isLogical").ToBoolean();
    column.repeat = count_from(c.Get("repeat"), "repeat");
    column.values = bytes_from(c.Get("values"), "values");
    pins.add(c.Get("values"));
    table.columns.push_back(std::move(column));
  }
  return table;
}

// writeFile(path, hdus, overwrite): each HDU { image | table, keywords }.
Napi::Value write(const Napi::CallbackInfo& info) {
  Pins pins;
  std::vector<HduToWrite> hdus;
  const Napi::Array array = array_from(info[1], "hdus");
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Object o = object_at(array, i, "hdus");
    HduToWrite hdu;
    if (const Napi::Value image = o.Get("image"); image.IsObject())
      hdu.data = image_from(image.As<Napi::Object>(), pins);
    else
      hdu.data = table_from(o.Get("table").As<Napi::Object>(), pins);
    const Napi::Array keywords = array_from(o.Get("keywords"), "keywords");
    for (uint32_t k = 0; k < keywords.Length(); ++k)
      hdu.keywords.push_back(keyword_from(object_at(keywords, k, "keywords")));
    hdus.push_back(std::move(hdu));
  }
  return PromiseWorker<Done>::run(
      info.Env(), std::move(pins),
      [path = string_from(info[0], "path"), hdus = std::move(hdus),
       overwrite = info[2].ToBoolean().Value()]() -> Result<Done> {
        return cfitsio::write_file(path, hdus, overwrite);
      },
      [](Napi::Env env, Done&) -> Napi::Value { return env.Undefined(); });
}

}  // namespace

void export_writer(Napi::Env env, Napi::Object exports) {
  exports.Set("writeFile", Napi::Function::New(env, write, "writeFile"));
}

}  // namespace fitstream::addon
