#include "cli/json.h"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

TEST(Json, WritesOneDocumentWithItsSchema) {
  Json json;
  json.text("name", "Ana \"A\"\n").number("n", -3).flag("yes", true).null("none").array("list");
  json.element("a").object().text("k", "v").end().end().object("inner").flag("no", false);
  EXPECT_EQ(json.finish(),
            "{\"schema\":1,\"name\":\"Ana \\\"A\\\"\\n\",\"n\":-3,\"yes\":true,\"none\":null,"
            "\"list\":[\"a\",{\"k\":\"v\"}],\"inner\":{\"no\":false}}\n");
}

TEST(Json, EscapesWhatWouldActOnATerminal) {
  Json json;
  json.text("text", PeerText("\x1b]0;x\x07\u202e"));
  EXPECT_EQ(json.finish(), "{\"schema\":1,\"text\":\"\\u001b]0;x\\u0007\\u202e\"}\n");
}

}  // namespace
}  // namespace kith::cli
