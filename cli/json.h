// Writes one JSON document to a string. Keys are literals; text goes through the cleaning of core/base/text.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text.h"

namespace kith::cli {

class Json {
 public:
  Json() { open('{').number("schema", 1); }

  Json& text(std::string_view key, std::string_view own);  // own words, ids and literals
  Json& text(std::string_view key, const PeerText& peer);
  Json& number(std::string_view key, std::int64_t value);
  Json& flag(std::string_view key, bool value);
  Json& null(std::string_view key);
  Json& object(std::string_view key);  // until end()
  Json& array(std::string_view key);   // until end()
  Json& object();                      // an element of an array
  Json& element(std::string_view own);
  Json& element(const PeerText& peer);
  Json& end();

  std::string finish();  // closes what is open and adds a line feed

 private:
  Json& open(char bracket);
  void comma();
  void key(std::string_view name);
  std::string out_;
  std::string closers_;
};

}  // namespace kith::cli
