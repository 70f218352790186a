// kith-bench DATA PROGRAMS [REPEATS] [ROWS]: measures the rows (letters out of "acde"; "m": without the
// million headers of row d) and prints the one table.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "crypto/secret.h"
#include "tests/bench/rows.h"

int main(int count, char** arguments) {
  using namespace kith::bench;
  if (count < 3) stop("usage: kith-bench DATA PROGRAMS [REPEATS] [ROWS]");
  kith::crypto::start();
  Setting setting{.data = std::filesystem::absolute(arguments[1]),
                  .programs = std::filesystem::absolute(arguments[2])};
  if (count > 3) setting.repeats = std::max(1, std::atoi(arguments[3]));
  const std::string_view rows = count > 4 ? arguments[4] : "acde";
  setting.with_million = rows.find('m') == std::string_view::npos;
  std::filesystem::create_directories(setting.data);
  Table table;
  if (rows.find('a') != std::string_view::npos) fetch_rows(table, setting);
  if (rows.find('c') != std::string_view::npos) seal_rows(table, setting);
  if (rows.find('d') != std::string_view::npos) reconnect_rows(table, setting);
  if (rows.find('e') != std::string_view::npos) program_rows(table, setting);
  table.print();
}
