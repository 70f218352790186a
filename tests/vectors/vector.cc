#include "tests/vectors/vector.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kith::test {
namespace {

std::map<std::string, Judge::Function>& judges() {
  static std::map<std::string, Judge::Function> all;
  return all;
}

[[noreturn]] void stop(const std::string& file, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", file.c_str(), what.c_str());
  std::exit(1);
}

// `flip: payload 9 01` and `cut: payload 64`.
void damage(Vector& vector, const std::string& how, const std::string& line) {
  std::istringstream in(line);
  std::string field;
  std::size_t at = 0;
  unsigned mask = 0;
  in >> field >> at >> std::hex >> mask;
  Bytes bytes = vector.bytes(field);
  if (how == "cut" && at <= bytes.size()) {
    bytes.resize(at);
  } else if (how == "flip" && at < bytes.size() && mask > 0 && mask < 256) {
    bytes[at] ^= static_cast<std::uint8_t>(mask);
  } else {
    stop(vector.file, "in '" + vector.name + "': cannot " + how + " " + line);
  }
  vector.fields[field] = {to_hex(bytes)};
}

std::string taken(std::map<std::string, std::vector<std::string>>& fields, const std::string& field) {
  auto node = fields.extract(field);
  return node.empty() ? std::string() : node.mapped().front();
}

Vector made(const std::string& file, std::map<std::string, std::vector<std::string>> fields,
            const std::vector<Vector>& before) {
  Vector vector{.file = file,
                .name = taken(fields, "name"),
                .kind = taken(fields, "kind"),
                .expect = taken(fields, "expect"),
                .fields = {}};
  const std::string from = taken(fields, "from");
  const auto flips = fields.extract("flip");
  const auto cuts = fields.extract("cut");
  vector.fields = std::move(fields);
  if (!from.empty()) {
    const auto base = std::ranges::find_if(
        before, [&](const Vector& earlier) { return earlier.file == file && earlier.name == from; });
    if (base == before.end()) stop(file, "there is no vector '" + from + "'");
    vector.fields.insert(base->fields.begin(), base->fields.end());  // keeps what is there
    if (vector.kind.empty()) vector.kind = base->kind;
  }
  if (vector.name.empty() || vector.kind.empty() || vector.expect.empty()) {
    stop(file, "a vector lacks its name, kind or expect (after '" + vector.name + "')");
  }
  if (!flips.empty()) {
    for (const std::string& line : flips.mapped()) damage(vector, "flip", line);
  }
  if (!cuts.empty()) {
    for (const std::string& line : cuts.mapped()) damage(vector, "cut", line);
  }
  return vector;
}

void read_file(const std::filesystem::path& path, std::vector<Vector>& all) {
  std::ifstream in(path);
  std::map<std::string, std::vector<std::string>> fields;
  const auto finish = [&] {
    if (!fields.empty()) all.push_back(made(path.stem().string(), std::exchange(fields, {}), all));
  };
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      finish();
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) stop(path.string(), "this is not a field: " + line);
    const std::string value = line.substr(std::min(colon + 2, line.size()));
    fields[line.substr(0, colon)].push_back(value);
  }
  finish();
}

}  // namespace

Judge::Judge(std::string kind, Function judge) { judges().emplace(std::move(kind), judge); }

Judge::Function judge_for(const std::string& kind) {
  const auto found = judges().find(kind);
  return found == judges().end() ? nullptr : found->second;
}

void Vector::broken(const std::string& field) const {
  stop(file, "in '" + name + "': no good field " + field);
}

std::string Vector::text(const std::string& field) const {
  const auto found = fields.find(field);
  if (found == fields.end()) broken(field);
  return found->second.front();
}

std::uint64_t Vector::number(const std::string& field) const {
  const std::string digits = text(field);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) broken(field);
  return value;
}

Bytes Vector::bytes(const std::string& field) const { return parsed(from_hex(text(field)), field); }

std::vector<Bytes> Vector::every(const std::string& field) const {
  std::vector<Bytes> all;
  if (!has(field)) return all;
  for (const std::string& hex : fields.at(field)) all.push_back(parsed(from_hex(hex), field));
  return all;
}

std::string word_for(Errc code) {
  switch (code) {
    case Errc::malformed:
      return "malformed";
    case Errc::unauthentic:
      return "unauthentic";
    case Errc::too_large:
      return "too_large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::not_found:
      return "not_found";
    case Errc::refused:
      return "refused";
    case Errc::waiting:
      return "waiting";
    case Errc::wrong_passphrase:
      return "wrong_passphrase";
    case Errc::damaged:
      return "damaged";
    default:
      return "another error";
  }
}

std::vector<Vector> read_vectors(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  std::vector<Vector> all;
  for (const auto& path : paths) read_file(path, all);
  return all;
}

}  // namespace kith::test
