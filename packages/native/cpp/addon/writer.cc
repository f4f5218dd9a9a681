#include "cfitsio/writer.h"

#include <cmath>

#include "addon.h"
#include "cfitsio/update.h"
#include "promise_worker.h"

namespace fitstream::addon {
namespace {

using cfitsio::ColumnToWrite;
using cfitsio::HduSelector;
using cfitsio::HduToWrite;
using cfitsio::ImageToWrite;
using cfitsio::KeywordChange;
using cfitsio::KeywordValue;
using cfitsio::Progress;
using cfitsio::TableToWrite;
using cfitsio::TileCompression;

Napi::Object object_from(const Napi::Value& value, const char* name) {
  if (!value.IsObject())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

template <typename T, typename From>
std::vector<T> list_from(const Napi::Value& value, const char* name, const From& from) {
  if (!value.IsArray())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an array");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<T> out;
  for (uint32_t i = 0; i < array.Length(); ++i)
    out.push_back(from(object_from(array.Get(i), name)));
  return out;
}

bool is_set(const Napi::Object& o, const char* name) { return o.Get(name).ToBoolean(); }
std::string text_of(const Napi::Object& o, const char* name) {
  return string_from(o.Get(name), name);
}
double number_of(const Napi::Object& o, const char* name) {
  const Napi::Value v = o.Get(name);
  if (!v.IsNumber()) throw Napi::TypeError::New(o.Env(), std::string(name) + " must be a number");
  return v.As<Napi::Number>().DoubleValue();
}

void set_integer(KeywordValue& keyword, const Napi::BigInt& value) {
  bool lossless = false;
  keyword.value = value.Int64Value(&lossless);
  if (lossless) return;
  keyword.value = value.Uint64Value(&lossless);
  if (lossless) return;
  Error e = Error::of(ErrorCode::kBadArgument, "the integer leaves 64 bits");
  e.keyword = keyword.keyword;
  throw to_js_error(value.Env(), e);
}

KeywordValue keyword_from(const Napi::Object& o) {
  KeywordValue out;
  out.keyword = text_of(o, "keyword");
  if (const Napi::Value c = o.Get("comment"); c.IsString()) out.comment = string_from(c, "comment");
  const Napi::Value v = o.Get("value");
  if (v.IsBoolean()) {
    out.value = v.As<Napi::Boolean>().Value();
  } else if (v.IsBigInt()) {
    set_integer(out, v.As<Napi::BigInt>());
  } else if (v.IsNumber()) {
    const double d = v.As<Napi::Number>().DoubleValue();
    const bool is_integer = d == std::trunc(d) && std::fabs(d) <= 9007199254740992.0;
    if (is_integer)
      out.value = static_cast<int64_t>(d);
    else
      out.value = d;
  } else if (v.IsString()) {
    out.value = string_from(v, "value");
  } else if (v.IsObject()) {
    const Napi::Object z = v.As<Napi::Object>();
    out.value = std::complex<double>(number_of(z, "re"), number_of(z, "im"));
  }
  return out;
}

TileCompression compression_from(const Napi::Object& o) {
  TileCompression out;
  out.codec = text_of(o, "codec");
  if (const Napi::Value tile = o.Get("tile"); tile.IsArray()) out.tile = counts_from(tile, "tile");
  out.quantize = number_of(o, "quantize");
  out.dither = text_of(o, "dither");
  out.dither_seed = static_cast<int>(number_of(o, "ditherSeed"));
  out.hcompress_scale = number_of(o, "scale");
  out.hcompress_smooth = is_set(o, "smooth");
  return out;
}

ImageToWrite image_from(const Napi::Object& o, Pins& pins) {
  ImageToWrite image;
  image.dtype = dtype_from(o.Get("dtype"), "dtype");
  image.shape = counts_from(o.Get("shape"), "shape");
  image.pixels = bytes_from(o.Get("pixels"), "pixels");
  pins.add(o.Get("pixels"));
  if (const Napi::Value c = o.Get("compression"); c.IsObject())
    image.compression = compression_from(c.As<Napi::Object>());
  return image;
}

ColumnCells cells_from(const Napi::Object& o, Pins& pins) {
  ColumnCells cells;
  cells.name = text_of(o, "name");
  cells.is_string = is_set(o, "isString");
  cells.dtype = dtype_from(o.Get("dtype"), "dtype");
  cells.values = bytes_from(o.Get("values"), "values");
  cells.validity = optional_bytes_from(o.Get("validity"), "validity");
  if (const Napi::Value v = o.Get("offsets"); v.IsTypedArray())
    cells.offsets = doubles_from(v, "offsets");
  for (const char* name : {"values", "validity", "offsets"}) pins.add(o.Get(name));
  return cells;
}

CellKind kind_from(const Napi::Value& value) {
  const std::string name = string_from(value, "kind");
  if (name == "logical") return CellKind::kLogical;
  if (name == "bit") return CellKind::kBit;
  if (name == "complex") return CellKind::kComplex;
  return name == "string" ? CellKind::kString : CellKind::kNumber;
}

ColumnToWrite column_from(const Napi::Object& o, Pins& pins) {
  ColumnToWrite column;
  column.cells = cells_from(o, pins);
  column.kind = kind_from(o.Get("kind"));
  column.cell_shape = counts_from(o.Get("shape"), "shape");
  column.string_width = count_from(o.Get("width"), "width");
  column.is_variable = is_set(o, "isVariable");
  column.is_wide = is_set(o, "isWide");
  column.unit = text_of(o, "unit");
  column.display = text_of(o, "display");
  column.comment = text_of(o, "comment");
  column.null_text = text_of(o, "nullText");
  column.ascii_form = text_of(o, "form");
  column.stored = optional_dtype_from(o.Get("stored"), "stored");
  column.scale = number_of(o, "scale");
  column.zero = number_of(o, "zero");
  if (const Napi::Value v = o.Get("null"); v.IsBigInt()) {
    bool lossless = false;
    column.null = v.As<Napi::BigInt>().Int64Value(&lossless);
    if (!lossless) throw Napi::TypeError::New(o.Env(), "null must be an integer of 64 bits");
  }
  return column;
}

HduToWrite hdu_from(const Napi::Object& o, Pins& pins) {
  HduToWrite hdu;
  if (const Napi::Value image = o.Get("image"); image.IsObject()) {
    hdu.data = image_from(image.As<Napi::Object>(), pins);
  } else {
    const Napi::Object t = object_from(o.Get("table"), "table");
    hdu.data = TableToWrite{
        is_set(t, "isAscii"),
        list_from<ColumnToWrite>(t.Get("columns"), "columns",
                                 [&](const Napi::Object& c) { return column_from(c, pins); })};
  }
  hdu.keywords = list_from<KeywordValue>(o.Get("keywords"), "keywords", keyword_from);
  return hdu;
}

std::vector<ColumnCells> all_cells_from(const Napi::Value& value, Pins& pins) {
  return list_from<ColumnCells>(value, "columns",
                                [&](const Napi::Object& o) { return cells_from(o, pins); });
}

HduSelector selector_from(const Napi::Value& value) {
  if (value.IsString()) return string_from(value, "hdu");
  return count_from(value, "hdu");
}

// What all functions take last: { overwrite, checksum, inPlace, sync, cancel, done }.
struct Options {
  Options(const Napi::Value& value, Pins& pins) {
    const Napi::Object o = object_from(value, "options");
    publish = {.overwrite = is_set(o, "overwrite"), .sync = is_set(o, "sync")};
    checksum = is_set(o, "checksum");
    update = {.in_place = is_set(o, "inPlace"), .sync = publish.sync};
    progress.cancel = cancel_flag_from(o.Get("cancel"), "cancel");
    const MutableByteSpan done = optional_bytes_from(o.Get("done"), "done");
    static_assert(std::atomic<uint64_t>::is_always_lock_free);
    if (done.size() >= sizeof(uint64_t))
      progress.done = reinterpret_cast<std::atomic<uint64_t>*>(done.data());
    for (const char* name : {"cancel", "done"}) pins.add(o.Get(name));
  }

  PublishOptions publish;
  cfitsio::UpdateOptions update;
  bool checksum = false;
  Progress progress;
};

// Runs `work` on another thread, with a promise of nothing.
Napi::Value run_work(Napi::Env env, Pins pins, PromiseWorker<Done>::Work work) {
  return PromiseWorker<Done>::run(env, std::move(pins), std::move(work),
                                  [](Napi::Env e, Done&) -> Napi::Value { return e.Undefined(); });
}

// writeFile(path, hdus, options): each HDU { image | table, keywords }.
Napi::Value write(const Napi::CallbackInfo& info) {
  Pins pins;
  auto hdus = list_from<HduToWrite>(info[1], "hdus",
                                    [&](const Napi::Object& o) { return hdu_from(o, pins); });
  const Options options(info[2], pins);
  return run_work(info.Env(), std::move(pins),
                  [path = string_from(info[0], "path"), hdus = std::move(hdus), options] {
                    return cfitsio::write_file(path, hdus, {options.publish, options.checksum},
                                               options.progress);
                  });
}

// appendHdu(path, hdu, options)
Napi::Value append_hdu(const Napi::CallbackInfo& info) {
  Pins pins;
  HduToWrite hdu = hdu_from(object_from(info[1], "hdu"), pins);
  const Options options(info[2], pins);
  return run_work(info.Env(), std::move(pins),
                  [path = string_from(info[0], "path"), hdu = std::move(hdu), options] {
                    return cfitsio::append_hdu(path, hdu, options.checksum, options.update,
                                               options.progress);
                  });
}

// updateKeywords(path, hdu, changes, options): each change a keyword, or { keyword, isDeleted }.
Napi::Value update_keywords(const Napi::CallbackInfo& info) {
  Pins pins;
  auto changes =
      list_from<KeywordChange>(info[2], "changes", [](const Napi::Object& o) -> KeywordChange {
        return {keyword_from(o), is_set(o, "isDeleted")};
      });
  const Options options(info[3], pins);
  return run_work(info.Env(), std::move(pins),
                  [path = string_from(info[0], "path"), hdu = selector_from(info[1]),
                   changes = std::move(changes), options] {
                    return cfitsio::update_keywords(path, hdu, changes, options.update,
                                                    options.progress);
                  });
}

// appendRows(path, hdu, columns, options): number of the first new row.
Napi::Value append_rows(const Napi::CallbackInfo& info) {
  Pins pins;
  auto cells = all_cells_from(info[2], pins);
  const Options options(info[3], pins);
  return PromiseWorker<uint64_t>::run(
      info.Env(), std::move(pins),
      [path = string_from(info[0], "path"), hdu = selector_from(info[1]), cells = std::move(cells),
       options] {
        return cfitsio::append_rows(path, hdu, cells, options.update, options.progress);
      },
      [](Napi::Env env, uint64_t& first) -> Napi::Value {
        return Napi::Number::New(env, static_cast<double>(first));
      });
}

// updateRows(path, hdu, first, columns, options)
Napi::Value update_rows(const Napi::CallbackInfo& info) {
  Pins pins;
  auto cells = all_cells_from(info[3], pins);
  const Options options(info[4], pins);
  return run_work(info.Env(), std::move(pins),
                  [path = string_from(info[0], "path"), hdu = selector_from(info[1]),
                   first = count_from(info[2], "first"), cells = std::move(cells), options] {
                    return cfitsio::update_rows(path, hdu, first, cells, options.update,
                                                options.progress);
                  });
}

}  // namespace

void export_writer(Napi::Env env, Napi::Object exports) {
  exports.Set("writeFile", Napi::Function::New(env, write, "writeFile"));
  exports.Set("appendHdu", Napi::Function::New(env, append_hdu, "appendHdu"));
  exports.Set("updateKeywords", Napi::Function::New(env, update_keywords, "updateKeywords"));
  exports.Set("appendRows", Napi::Function::New(env, append_rows, "appendRows"));
  exports.Set("updateRows", Napi::Function::New(env, update_rows, "updateRows"));
}

}  // namespace fitstream::addon
