// The rows of the table, by letter (README.md).
#pragma once

#include <string>

#include "tests/bench/measure.h"

namespace kith::bench {

struct Setting {
  std::string data;      // where prepared stores are kept between runs
  std::string programs;  // the folder of kith and kith-courier
  int repeats = 5;
  bool with_million = true;
};

void fetch_rows(Table& table, const Setting& setting);      // (a), (b) and the courier's part of (f)
void seal_rows(Table& table, const Setting& setting);       // (c)
void reconnect_rows(Table& table, const Setting& setting);  // (d)
void program_rows(Table& table, const Setting& setting);    // (e) and the agent's part of (f)

}  // namespace kith::bench
