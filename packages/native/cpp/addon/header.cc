#include "header.h"

#include <algorithm>

#include "addon.h"
#include "hdu.h"

namespace fitstream::addon {
namespace {

std::string_view text_of(MutableByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Every value that crosses to JavaScript costs more than parsing its card does: all texts go as one
// string, all numbers as one array. src/card.ts takes them apart.
Napi::Value parse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string texts;
  std::vector<double> numbers;
  for (const Card& card : parse_cards(text_of(bytes_from(info[0], "header")))) {
    numbers.push_back(static_cast<double>(card.kind));
    numbers.push_back(card.kind == ValueKind::kLogical ? card.logical : card.real);
    numbers.push_back(card.imaginary);
    numbers.push_back(static_cast<double>(card.index));
    numbers.push_back(static_cast<double>(card.records));
    for (const std::string* text : {&card.keyword, &card.text, &card.comment}) {
      texts += *text;
      numbers.push_back(static_cast<double>(texts.size()));
    }
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("texts", latin1(env, texts));
  Napi::Float64Array copy = Napi::Float64Array::New(env, numbers.size());
  std::ranges::copy(numbers, copy.Data());
  out.Set("numbers", copy);
  return out;
}

Napi::Value scan(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto hdu =
      value_or_throw(env, scan_hdu(text_of(bytes_from(info[0], "bytes")),
                                   count_from(info[1], "offset"), count_from(info[2], "index")));
  return hdu ? Napi::Value(to_js(env, *hdu)) : env.Null();
}

}  // namespace

void export_header(Napi::Env env, Napi::Object exports) {
  exports.Set("parseCards", Napi::Function::New(env, parse, "parseCards"));
  exports.Set("scanHdu", Napi::Function::New(env, scan, "scanHdu"));
}

}  // namespace fitstream::addon
