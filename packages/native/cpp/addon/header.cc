#include "header.h"

#include "addon.h"
#include "hdu.h"

namespace fitstream::addon {
namespace {

std::string_view text_of(MutableByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Napi::Value value_of(Napi::Env env, const Card& card) {
  switch (card.kind) {
    case ValueKind::kLogical:
      return Napi::Boolean::New(env, card.logical);
    case ValueKind::kReal:
      return Napi::Number::New(env, card.real);
    case ValueKind::kComplex: {
      Napi::Array pair = Napi::Array::New(env, 2);
      pair.Set(0u, card.real);
      pair.Set(1u, card.imaginary);
      return pair;
    }
    default:
      return latin1(env, card.text);
  }
}

// As one flat array (keyword, kind, value, comment, index, records per card): an object per card
// would cost more than parsing it does.
Napi::Value parse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<Card> cards = parse_cards(text_of(bytes_from(info[0], "header")));
  Napi::Array out = Napi::Array::New(env, cards.size() * 6);
  uint32_t at = 0;
  for (const Card& card : cards) {
    out.Set(at++, latin1(env, card.keyword));
    out.Set(at++, Napi::Number::New(env, static_cast<double>(card.kind)));
    out.Set(at++, value_of(env, card));
    out.Set(at++, latin1(env, card.comment));
    out.Set(at++, Napi::Number::New(env, static_cast<double>(card.index)));
    out.Set(at++, Napi::Number::New(env, static_cast<double>(card.records)));
  }
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
