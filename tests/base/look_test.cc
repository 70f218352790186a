#include "core/base/look.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Look, IsOneForNamesThatAHastyEyeTakesForEachOther) {
  for (const char* name : {
           "ruth", "RUTH", " R u t h ", "R\u200bu\u200dth", "R\u00fath", "Ru\u0442h", "Ru\u0442\u04bb",
           "\uff32\uff55\uff54\uff48",                  // full width
           "\u202eRuth", "Ruth\U000e0041",              // a direction, a tag
           "\U0001d411\U0001d42e\U0001d42d\U0001d421",  // mathematical
       })
    EXPECT_EQ(look_of(name), look_of("Ruth")) << name;
  EXPECT_EQ(look_of("\u0410n\u0430"), look_of("Ana"));
  EXPECT_EQ(look_of("\u0391\u03bd\u03b1"), look_of("Ana"));
  EXPECT_EQ(look_of("Bi11"), look_of("Bill"));
  EXPECT_EQ(look_of("Marnie"), look_of("Mamie"));
  EXPECT_EQ(look_of("J0"), look_of("Jo"));
}

TEST(Look, IsAnotherForOtherNames) {
  EXPECT_NE(look_of("Ruth"), look_of("Rita"));
  EXPECT_NE(look_of("Ana"), look_of("Anna"));
  EXPECT_NE(look_of("Ben"), look_of("Ken"));
  EXPECT_NE(look_of("\u0930\u093e\u092e"), look_of("\u0930\u092e\u093e")) << "vowel signs are letters' marks";
  EXPECT_EQ(look_of(""), "");
  EXPECT_EQ(look_of("\U0001f33b \u2013"), "") << "nothing to read";
  EXPECT_EQ(look_of("\xff\xfe"), "");
}

TEST(Look, LettersOfTwoScriptsInOneWordAreTold) {
  EXPECT_TRUE(mixes_scripts("Ru\u0442h"));
  EXPECT_TRUE(mixes_scripts("\u0391na"));
  EXPECT_FALSE(mixes_scripts("Ruth"));
  EXPECT_FALSE(mixes_scripts("\u0420\u0443\u0442"));
  EXPECT_FALSE(mixes_scripts("\u0420\u0443\u0442 Ruth")) << "both of somebody's spellings";
  EXPECT_FALSE(mixes_scripts("Zo\u00eb-\u30eb\u30c4"));
}

}  // namespace
}  // namespace kith
