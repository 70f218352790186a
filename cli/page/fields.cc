#include "cli/page/fields.h"

#include <charconv>

#include "core/base/text.h"

namespace kith::cli {

// A reader of the one shape that calls have. It goes forward only, and no deeper than an object in an array.
class FieldReader {
 public:
  explicit FieldReader(std::string_view json) : rest_(json) {}

  Result<Fields> whole() {
    KITH_TRY(Fields fields, object(0));
    blanks();
    if (!rest_.empty()) return bad();
    return fields;
  }

 private:
  static tl::unexpected<Error> bad() {
    return fail(Errc::malformed, "the page sent something that is no call");
  }

  void blanks() {
    const auto at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }
  bool take(char wanted) {
    blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Result<Fields> object(int depth) {
    if (!take('{')) return bad();
    Fields fields;
    if (take('}')) return fields;
    do {
      KITH_TRY(const auto name, string());
      Fields::Field field{std::string(as_text(name.reveal())), {}};
      if (fields.fields_.size() == kMaxFields || fields.has(field.name) || !take(':')) return bad();
      KITH_TRY(field.value, value(depth));
      fields.fields_.push_back(std::move(field));
    } while (take(','));
    if (!take('}')) return bad();
    return fields;
  }

  Result<Fields::Value> value(int depth) {
    blanks();
    if (rest_.starts_with('"')) {
      KITH_TRY(auto text, string());
      return Fields::Value(std::move(text));
    }
    if (rest_.starts_with('[')) return depth == 0 ? array() : Result<Fields::Value>(bad());
    if (take_word("true")) return Fields::Value(true);
    if (take_word("false")) return Fields::Value(false);
    std::int64_t whole = 0;
    const auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), whole);
    if (error != std::errc()) return bad();
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    if (!rest_.empty() && (rest_.front() == '.' || rest_.front() == 'e' || rest_.front() == 'E'))
      return bad();
    return Fields::Value(whole);
  }

  Result<Fields::Value> array() {
    rest_.remove_prefix(1);
    std::vector<Fields::Text> texts;
    std::vector<Fields> objects;
    if (take(']')) return Fields::Value(std::move(texts));
    do {
      if (texts.size() + objects.size() == kMaxElements) return bad();
      blanks();
      if (rest_.starts_with('{')) {
        KITH_TRY(auto fields, object(1));
        objects.push_back(std::move(fields));
      } else {
        KITH_TRY(auto text, string());
        texts.push_back(std::move(text));
      }
    } while (take(','));
    if (!take(']') || (!texts.empty() && !objects.empty())) return bad();
    if (objects.empty()) return Fields::Value(std::move(texts));
    return Fields::Value(std::move(objects));
  }

  // Writes into a buffer of its final size at most, so that no copy is left behind unwiped.
  Result<Fields::Text> string() {
    if (!take('"')) return bad();
    const auto most = length();
    if (!most) return bad();
    Fields::Text room(*most);
    std::size_t used = 0;
    while (!rest_.starts_with('"')) {
      if (static_cast<unsigned char>(rest_.front()) < 0x20) return bad();
      if (rest_.front() == '\\') {
        if (!escape(room, used)) return bad();
      } else {
        room.reveal()[used++] = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
      }
    }
    rest_.remove_prefix(1);
    Fields::Text text(to_bytes(room.reveal().first(used)));
    if (!is_utf8(as_text(text.reveal()))) return bad();
    if (as_text(text.reveal()).find('\0') != std::string_view::npos) return bad();
    return text;
  }

  // Bytes until the closing quote, none if there is none. No escape stands for more bytes than it has.
  std::optional<std::size_t> length() const {
    for (std::size_t at = 0; at < rest_.size(); ++at) {
      if (rest_[at] == '"') return at;
      if (rest_[at] == '\\') ++at;
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> four_digits() {
    std::uint32_t code = 0;
    if (rest_.size() < 4) return std::nullopt;
    const auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
    if (error != std::errc() || stop != rest_.data() + 4) return std::nullopt;
    rest_.remove_prefix(4);
    return code;
  }

  bool escape(Fields::Text& room, std::size_t& used) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    rest_.remove_prefix(1);
    const char name = rest_.front();
    rest_.remove_prefix(1);
    if (const auto at = kNames.find(name); at != std::string_view::npos) {
      room.reveal()[used++] = static_cast<std::uint8_t>(kMeant[at]);
      return true;
    }
    if (name != 'u') return false;
    auto code = four_digits();
    if (!code || (*code >= 0xdc00 && *code < 0xe000)) return false;
    if (*code >= 0xd800 && *code < 0xdc00) {  // the first half of a pair (RFC 8259, section 7)
      if (!take_word("\\u")) return false;
      const auto second = four_digits();
      if (!second || *second < 0xdc00 || *second >= 0xe000) return false;
      code = 0x10000 + ((*code - 0xd800) << 10) + (*second - 0xdc00);
    }
    put(room, used, *code);
    return true;
  }

  static void put(Fields::Text& room, std::size_t& used, std::uint32_t code) {
    const auto add = [&](std::uint32_t byte) { room.reveal()[used++] = static_cast<std::uint8_t>(byte); };
    if (code < 0x80) return add(code);
    if (code < 0x800) {
      add(0xc0 | (code >> 6));
    } else {
      if (code < 0x10000) {
        add(0xe0 | (code >> 12));
      } else {
        add(0xf0 | (code >> 18));
        add(0x80 | ((code >> 12) & 0x3f));
      }
      add(0x80 | ((code >> 6) & 0x3f));
    }
    add(0x80 | (code & 0x3f));
  }

  std::string_view rest_;
};

namespace {
tl::unexpected<Error> missing() { return fail(Errc::usage, "the page left something out"); }
tl::unexpected<Error> other_sort() { return fail(Errc::usage, "the page sent something of another sort"); }
}  // namespace

Result<Fields> Fields::parse(ByteView json) { return FieldReader(as_text(json)).whole(); }

const Fields::Field* Fields::find(std::string_view name) const {
  for (const auto& field : fields_)
    if (field.name == name) return &field;
  return nullptr;
}

Result<std::string_view> Fields::text(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr) return missing();
  const auto* text = std::get_if<Text>(&field->value);
  if (text == nullptr) return other_sort();
  return as_text(text->reveal());
}

Result<std::string_view> Fields::text_or(std::string_view name, std::string_view otherwise) const {
  return has(name) ? text(name) : otherwise;
}

Result<std::optional<std::int64_t>> Fields::number(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr) return std::optional<std::int64_t>();
  const auto* number = std::get_if<std::int64_t>(&field->value);
  if (number == nullptr) return other_sort();
  return std::optional(*number);
}

Result<std::int64_t> Fields::number_within(std::string_view name, std::int64_t least, std::int64_t most,
                                           std::optional<std::int64_t> otherwise) const {
  KITH_TRY(auto given, number(name));
  if (!given) given = otherwise;
  if (!given) return missing();
  if (*given < least || *given > most) return fail(Errc::usage, "a number is out of its range");
  return *given;
}

Result<bool> Fields::flag(std::string_view name) const {
  const Field* field = find(name);
  if (field == nullptr) return false;
  const auto* flag = std::get_if<bool>(&field->value);
  if (flag == nullptr) return other_sort();
  return *flag;
}

Result<std::vector<std::string_view>> Fields::texts(std::string_view name) const {
  std::vector<std::string_view> list;
  const Field* field = find(name);
  if (field == nullptr) return list;
  const auto* texts = std::get_if<std::vector<Text>>(&field->value);
  if (texts == nullptr) return other_sort();
  for (const auto& text : *texts) list.push_back(as_text(text.reveal()));
  return list;
}

Result<std::vector<const Fields*>> Fields::objects(std::string_view name) const {
  std::vector<const Fields*> list;
  const Field* field = find(name);
  if (field == nullptr) return list;
  if (const auto* none = std::get_if<std::vector<Text>>(&field->value); none != nullptr && none->empty())
    return list;
  const auto* objects = std::get_if<std::vector<Fields>>(&field->value);
  if (objects == nullptr) return other_sort();
  for (const auto& object : *objects) list.push_back(&object);
  return list;
}

Result<void> Fields::only(std::string_view names) const {
  for (const auto& field : fields_) {
    bool known = false;
    for (std::string_view rest = names; !rest.empty() && !known;) {
      const auto end = rest.find(' ');
      known = rest.substr(0, end) == field.name;
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    if (!known) return fail(Errc::usage, "the page sent something that this call does not know");
  }
  return {};
}

}  // namespace kith::cli
