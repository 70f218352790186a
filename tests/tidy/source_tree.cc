#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace kith::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kFolders = {"cli", "core", "crypto", "net", "proto", "tests", ".ci"};

SourceFile read_file(const fs::path& path, const fs::path& top) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return {path.lexically_relative(top).generic_string(), std::move(text)};
}

std::vector<SourceFile> read_tree() {
  const fs::path top = KITH_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const auto& entry : fs::directory_iterator(top)) {
    if (entry.is_regular_file() && entry.path().filename() != ".git")
      files.push_back(read_file(entry.path(), top));
  }
  for (const char* folder : kFolders) {
    if (!fs::exists(top / folder)) continue;
    for (auto entry = fs::recursive_directory_iterator(top / folder); entry != fs::end(entry); ++entry) {
      const auto name = entry->path().filename();
      if (name == "corpus" || name == "golden") entry.disable_recursion_pending();  // inputs, not sources
      if (entry->is_regular_file()) files.push_back(read_file(entry->path(), top));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

// Copies code, leaving comments out; `keep_literals` says whether the text between quotes stays.
class Stripper {
 public:
  Stripper(std::string_view text, bool keep_literals) : text_(text), keep_literals_(keep_literals) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  bool next_is(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  void step() {
    if (next_is("//")) return skip_to("\n");
    if (next_is("/*")) return skip_past("*/");
    if (next_is("R\"")) return raw_literal();
    if (text_[at_] == '"') return literal('"');
    if (text_[at_] == '\'' && !in_number()) return literal('\'');
    out_ += text_[at_++];
  }

  bool in_number() const { return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0; }

  void skip_to(std::string_view end) { at_ = std::min(text_.find(end, at_), text_.size()); }

  void skip_past(std::string_view end) {
    const std::size_t found = text_.find(end, at_ + 2);
    const std::size_t stop = found == std::string_view::npos ? text_.size() : found + end.size();
    keep_line_breaks(text_.substr(at_, stop - at_));
    at_ = stop;
  }

  void keep_line_breaks(std::string_view skipped) {
    out_.append(static_cast<std::size_t>(std::count(skipped.begin(), skipped.end(), '\n')), '\n');
  }

  void take(std::size_t stop) {
    const std::string_view literal = text_.substr(at_, stop - at_);
    if (keep_literals_) {
      out_ += literal;
    } else {
      out_ += "\"";
      keep_line_breaks(literal);
      out_ += "\"";
    }
    at_ = stop;
  }

  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    take(std::min(end + 1, text_.size()));
  }

  void raw_literal() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return take(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t found = text_.find(close, open);
    take(found == std::string_view::npos ? text_.size() : found + close.size());
  }

  std::string_view text_;
  bool keep_literals_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

const std::vector<SourceFile>& source_tree() {
  static const std::vector<SourceFile> files = read_tree();
  return files;
}

bool starts_with(std::string_view text, std::string_view start) { return text.starts_with(start); }
bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

bool is_code(const SourceFile& file) { return ends_with(file.path, ".h") || ends_with(file.path, ".cc"); }
bool is_script(const SourceFile& file) { return starts_with(file.text, "#!"); }

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back({lines.size() + 1, text.substr(0, end)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string code_only(std::string_view text) { return Stripper(text, false).run(); }
std::string without_comments(std::string_view text) { return Stripper(text, true).run(); }

Pattern::Pattern(const std::string& text) {
  if (regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NEWLINE) != 0)
    throw std::invalid_argument("not a regular expression: " + text);
}

Pattern::~Pattern() { regfree(&compiled_); }

bool Pattern::found_in(std::string_view text) const { return !groups_in(text).empty(); }

std::vector<std::string> Pattern::groups_in(std::string_view text) const {
  std::array<regmatch_t, 4> at{};
  const std::string copy(text);
  if (regexec(&compiled_, copy.c_str(), at.size(), at.data(), 0) != 0) return {};
  std::vector<std::string> groups;
  for (const regmatch_t& each : at) {
    if (each.rm_so < 0) break;
    groups.push_back(
        copy.substr(static_cast<std::size_t>(each.rm_so), static_cast<std::size_t>(each.rm_eo - each.rm_so)));
  }
  return groups;
}

std::string finding(const SourceFile& file, std::size_t line, std::string_view what) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

std::string joined(const std::vector<std::string>& findings) {
  std::string text;
  for (const auto& each : findings) text += each + "\n";
  return text;
}

}  // namespace kith::tidy
