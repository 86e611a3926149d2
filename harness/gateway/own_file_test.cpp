// An owner's configuration as a template: what is exchanged, and what is refused.
#include "harness/gateway/own_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/files.h"

namespace mtls::gateway {
namespace {

using ::testing::HasSubstr;
using Replacements = std::vector<std::pair<std::string, std::string>>;

Result<std::string> made_of(const std::string& text, const Replacements& replace) {
  const auto folder = TempDir::make();
  EXPECT_TRUE(folder && write_file(folder->path() / "own.conf", text));
  return own_template(folder->path() / "own.conf", replace);
}

TEST(OwnFile, EveryOccurrenceIsExchangedAndTheRestStays) {
  const auto made = made_of("a /x/y; b /x; c /x/y\n", {{"/x", "{{folder}}"}, {"/x/y", "{{key_file}}"}});
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(*made, "a {{key_file}}; b {{folder}}; c {{key_file}}\n");
}

TEST(OwnFile, WhatIsPutInIsNotExchangedAgain) {
  const auto made = made_of("one two", {{"one", "two"}, {"two", "one"}});
  ASSERT_TRUE(made);
  EXPECT_EQ(*made, "two one");
}

TEST(OwnFile, ATextThatDoesNotOccurIsAnErrorThatNamesIt) {
  const auto made = made_of("listen 443;", {{"listen 443", "x"}, {"/etc/absent", "y"}});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("/etc/absent"));
  EXPECT_THAT(made.error().where, HasSubstr("own.conf"));
}

TEST(OwnFile, TagsOfAnotherTemplateAreRefused) {
  EXPECT_FALSE(made_of("listen {{ .Values.port }};", {}));
}

}  // namespace
}  // namespace mtls::gateway
