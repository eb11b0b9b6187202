#include "config/toml_reader.hpp"

#include <gtest/gtest.h>

#include <map>

namespace fabrik::config {
namespace {

TomlDocument parse(const std::string& text) {
  auto document = TomlDocument::parse("f", text);
  EXPECT_TRUE(document) << document.error().message;
  return *std::move(document);
}

std::string error_of(const std::string& text) {
  const auto document = TomlDocument::parse("/p/fabrik.toml", text);
  return document ? "" : document.error().message;
}

std::map<std::string, std::size_t> names(const TomlDocument& document) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < document.size(); ++i) {
    out[document.name(i)] = i;
  }
  return out;
}

TEST(TomlReader, FlattensTablesAndLists) {
  const auto document = parse(
      "a.b = 1\n[t]\nlist = [\"x\", \"y\"]\nyes = true\n[[up]]\nurl = \"u\"\n[[up]]\n"
      "\"odd key\" = 2020-01-01\nempty = []\nmixed = [1]\ninline = { deep = \"d\" }\n");
  const auto at = names(document);
  using Kind = RawValue::Kind;
  const std::map<std::string, Kind> expected = {{"a", Kind::table},
                                                {"a.b", Kind::integer},
                                                {"t", Kind::table},
                                                {"t.list", Kind::strings},
                                                {"t.yes", Kind::boolean},
                                                {"up", Kind::tables},
                                                {"up.0", Kind::table},
                                                {"up.0.url", Kind::string},
                                                {"up.1", Kind::table},
                                                {"up.1.empty", Kind::strings},
                                                {"up.1.mixed", Kind::other},
                                                {"up.1.inline", Kind::table},
                                                {"up.1.inline.deep", Kind::string},
                                                {"up.1.\"odd key\"", Kind::other}};
  EXPECT_EQ(at.size(), expected.size());
  for (const auto& [name, kind] : expected) {
    ASSERT_TRUE(at.contains(name)) << name;
    EXPECT_EQ(document.value(at.at(name)).kind, kind) << name;
  }
  EXPECT_EQ(document.value(at.at("t.list")).strings, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(document.value(at.at("up.1.inline.deep")).string, "d");
}

TEST(TomlReader, KnowsWhereEachKeyStands) {
  const auto document = parse(
      "\n  [section]\n\tkey  =  1\nvalue = \"key value\"\na.b = 2\n"
      "t = { one = 1, two = 2 }\n\"quoted\" = 3\n[[list]]\n[[list]]\nx = [\n 'y',\n]\n");
  const auto at = names(document);
  const std::map<std::string, Position> expected = {
      {"section", {2, 4}},        {"section.key", {3, 2}},   {"section.value", {4, 1}},
      {"section.a.b", {5, 3}},    {"section.t.one", {6, 7}}, {"section.t.two", {6, 16}},
      {"section.quoted", {7, 2}}, {"list.1.x", {10, 1}}};
  for (const auto& [name, position] : expected) {
    ASSERT_TRUE(at.contains(name)) << name;
    const Position found = document.position(at.at(name));
    EXPECT_EQ(found.line, position.line) << name;
    EXPECT_EQ(found.column, position.column) << name;
  }
}

TEST(TomlReader, SaysWhereTheSyntaxIsWrong) {
  const std::map<std::string, std::string> cases = {
      {"[cache]\nmax_size = 5 bananas\n", "/p/fabrik.toml:2:14: "},
      {"a = 1\nb = \n", "/p/fabrik.toml:2:5: "},
      {"x = [1,\n 2\nb = 3\n", "/p/fabrik.toml:3:1: "},
      {"\xff\xfe", "/p/fabrik.toml:1:1: "},
      {"\n\n= 3\n", "/p/fabrik.toml:3:1: "},
  };
  for (const auto& [text, start] : cases) {
    const auto message = error_of(text);
    EXPECT_TRUE(message.starts_with(start)) << message;
    EXPECT_GT(message.size(), start.size() + 5) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.find("toml::"), std::string::npos) << message;
    EXPECT_EQ(message.find("[error]"), std::string::npos) << message;
  }
}

TEST(TomlReader, PointsAtTheSecondOfTwoEqualKeys) {
  EXPECT_TRUE(error_of("key = 1\n\nkey = 2\n").starts_with("/p/fabrik.toml:3:"));
  EXPECT_TRUE(error_of("[t]\n[u]\n[t]\n").starts_with("/p/fabrik.toml:3:"));
}

TEST(TomlReader, RefusesNestingThatWouldOverflowTheStack) {
  const std::size_t many = 300'000;
  std::string dotted = "a";
  for (std::size_t i = 0; i < many; ++i) {
    dotted += ".a";
  }
  for (const std::string& text :
       {"a = " + std::string(many, '['), "[" + dotted + "]\n", dotted + " = 1\n",
        "x = \"\"\"\n\"\"\"\ny = " + std::string(many, '[')}) {
    EXPECT_NE(error_of(text), "") << text.substr(0, 20);
  }
  EXPECT_TRUE(error_of("a = " + std::string(9, '[')).starts_with("/p/fabrik.toml:1:9: "));
}

TEST(TomlReader, RefusesListsThatWouldTakeLong) {
  std::string items;
  for (int i = 0; i < 1000; ++i) {
    items += "a" + std::to_string(i) + " = 1,";
  }
  EXPECT_NE(error_of("t = {" + items + "b = 1}\n").find("too long"), std::string::npos);
  EXPECT_NE(error_of("t = [[" + items + "1]]\n").find("too long"), std::string::npos);
  std::string many_short;
  for (int i = 0; i < 1000; ++i) {
    many_short += "a" + std::to_string(i) + " = [1, 2, 3]\n";
  }
  EXPECT_EQ(error_of(many_short), "");
}

// The parser would read beyond its buffer to report them.
TEST(TomlReader, RefusesBytesThatAreNotUtf8) {
  EXPECT_EQ(error_of("a = 1\nb = 'x\xa7'\n"), "/p/fabrik.toml:2:7: this is not UTF-8");
  for (const char* bytes :
       {"\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_NE(error_of("# " + std::string(bytes) + "\n").find("not UTF-8"), std::string::npos)
        << bytes;
  }
  for (const char* text : {"\u00e9", "\u20ac", "\ud7ff", "\ue000", "\U0001f600", "\U0010ffff"}) {
    EXPECT_EQ(error_of("a = \"" + std::string(text) + "\"\n"), "") << text;
  }
}

TEST(TomlReader, DoesNotCountBracketsInStringsAndComments) {
  const std::string brackets(100, '[');
  const std::string dots(100, '.');
  parse("a = \"" + brackets + dots + "\"\nb = '" + brackets + "'\n# " + brackets + dots +
        "\nc = \"\"\"\n" + brackets + "\\\"\"\"\"\nd = '''" + brackets + "'''\ne = \"\\\"" +
        brackets + "\"\n");
}

TEST(TomlReader, ReadsAnEmptyFileAndOneWithoutALastNewline) {
  EXPECT_EQ(parse("").size(), 0U);
  EXPECT_EQ(parse("# only a comment").size(), 0U);
  EXPECT_EQ(parse("\xef\xbb\xbf"
                  "a = 1")
                .size(),
            1U);
  EXPECT_EQ(parse("a = 1\r\nb = 2\r\n").size(), 2U);
}

}  // namespace
}  // namespace fabrik::config
