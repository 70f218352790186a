// The source tree as the tidy tests see it: every text file of the seven folders and of the top.
#pragma once

#include <regex.h>

#include <string>
#include <string_view>
#include <vector>

namespace kith::tidy {

struct SourceFile {
  std::string path;  // from the top, for example "core/base/bytes.h"
  std::string text;
};

// Sorted by path. The build folder and .git are left out.
const std::vector<SourceFile>& source_tree();

bool starts_with(std::string_view text, std::string_view start);
bool ends_with(std::string_view text, std::string_view end);
bool is_code(const SourceFile& file);    // .h or .cc
bool is_script(const SourceFile& file);  // starts with #!
std::string folder_of(std::string_view path);

struct Line {
  std::size_t number;  // from 1
  std::string_view text;
};
std::vector<Line> lines_of(std::string_view text);

// Code without comments and without the contents of string literals; line breaks stay where they are.
std::string code_only(std::string_view text);
// Code without comments; string literals stay.
std::string without_comments(std::string_view text);

// A POSIX extended regular expression that never reaches over a line break, with \b \s \w of glibc.
class Pattern {
 public:
  explicit Pattern(const std::string& text);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();

  bool found_in(std::string_view text) const;
  // The whole match and its groups; empty if there is none.
  std::vector<std::string> groups_in(std::string_view text) const;

 private:
  regex_t compiled_{};
};

// "path:line: what", the form that editors jump to.
std::string finding(const SourceFile& file, std::size_t line, std::string_view what);
// All findings, one a line, for the message of a failed test.
std::string joined(const std::vector<std::string>& findings);

}  // namespace kith::tidy
