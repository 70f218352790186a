#include "cli/json.h"

namespace kith::cli {

void Json::comma() {
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
}
void Json::key(std::string_view name) {
  comma();
  out_ += render_json(PeerText(std::string(name)));
  out_ += ':';
}
Json& Json::open(char bracket) {
  out_ += bracket;
  closers_ += bracket == '{' ? '}' : ']';
  return *this;
}
Json& Json::text(std::string_view name, std::string_view own) {
  return text(name, PeerText(std::string(own)));
}
Json& Json::text(std::string_view name, const PeerText& peer) {
  key(name);
  out_ += render_json(peer);
  return *this;
}
Json& Json::number(std::string_view name, std::int64_t value) {
  key(name);
  out_ += std::to_string(value);
  return *this;
}
Json& Json::flag(std::string_view name, bool value) {
  key(name);
  out_ += value ? "true" : "false";
  return *this;
}
Json& Json::null(std::string_view name) {
  key(name);
  out_ += "null";
  return *this;
}
Json& Json::object(std::string_view name) {
  key(name);
  return open('{');
}
Json& Json::array(std::string_view name) {
  key(name);
  return open('[');
}
Json& Json::object() {
  comma();
  return open('{');
}
Json& Json::element(std::string_view own) { return element(PeerText(std::string(own))); }
Json& Json::element(const PeerText& peer) {
  comma();
  out_ += render_json(peer);
  return *this;
}
Json& Json::end() {
  KITH_ASSERT(!closers_.empty());
  out_ += closers_.back();
  closers_.pop_back();
  return *this;
}
std::string Json::finish() {
  while (!closers_.empty()) end();
  return out_ + "\n";
}

}  // namespace kith::cli
