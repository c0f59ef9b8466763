// The one translation unit that includes toml++, which is slow to compile.
#define TOML_HEADER_ONLY 1
#include <fmt/format.h>
#define TOML_ASSERT(condition) static_cast<void>(0)  // it asserts of a table's name what it then reports as an error
#include <toml++/toml.h>

#include <algorithm>
#include <functional>

#include "muonphase/core/error.hpp"
#include "study/toml_value.hpp"

namespace muonphase {
namespace {

constexpr std::size_t quoted_length = 100;

// One line of the text, made printable and short enough to quote.
std::string printable_line(std::string_view text, std::size_t line) {
  for (; line > 1; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, std::min(text.find_first_of("\r\n"), quoted_length));
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

TomlValue convert(const toml::node& node, const std::string& file) {
  const auto line = node.source().begin.line;
  TomlValue value;
  value.where = line > 0 ? fmt::format("{}:{}", file, line) : file;
  if (const auto* table = node.as_table()) {
    TomlValue::Table entries;
    for (const auto& [name, child] : *table) entries.push_back({std::string(name.str()), convert(child, file)});
    value.data = std::move(entries);
  } else if (const auto* array = node.as_array()) {
    TomlValue::List items;
    for (const auto& child : *array) items.push_back(convert(child, file));
    value.data = std::move(items);
  } else if (const auto* text = node.as_string()) {
    value.data = text->get();
  } else if (const auto* whole = node.as_integer()) {
    value.data = whole->get();
  } else if (const auto* real = node.as_floating_point()) {
    value.data = real->get();
  } else if (const auto* flag = node.as_boolean()) {
    value.data = flag->get();
  }
  return value;
}

// The TOML value of the right-hand side of an assignment; nothing when it is none.
bool parse_right_side(const std::string& text, const std::string& where, TomlValue& value) {
  try {
    const toml::table table = toml::parse("v = " + text, where);
    if (table.size() != 1) return false;
    value = convert(*table.get("v"), where);
    return true;
  } catch (const toml::parse_error&) {
    return false;
  }
}

// Every value below takes the flag's name for its place: lines mean nothing there.
void place(TomlValue& value, const std::string& where) {
  value.where = where;
  if (auto* list = std::get_if<TomlValue::List>(&value.data))
    for (auto& item : *list) place(item, where);
  if (auto* table = std::get_if<TomlValue::Table>(&value.data))
    for (auto& entry : *table) place(entry.value, where);
}

}  // namespace

TomlValue parse_toml(std::string_view text, const std::string& file) {
  try {
    return convert(toml::parse(text, file), file);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    throw StudyError(fmt::format("{}:{}: syntax error in \"{}\": {}", file, line, printable_line(text, line),
                                 printable_line(error.description(), 1)));
  }
}

namespace {

using IsSection = std::function<bool(const std::string&)>;

// A table for a section adds to what is there, as its keys one by one would; any other value takes the place.
void put(TomlValue& node, TomlValue value, const std::string& path, const IsSection& is_section) {
  auto* old = std::get_if<TomlValue::Table>(&node.data);
  auto* fresh = std::get_if<TomlValue::Table>(&value.data);
  if (!old || !fresh || !is_section(path)) {
    node = std::move(value);
    return;
  }
  for (auto& [name, entry] : *fresh) {
    const auto there =
        std::find_if(old->begin(), old->end(), [&, name = name](const TomlEntry& e) { return e.name == name; });
    if (there == old->end())
      old->push_back({name, std::move(entry)});
    else
      put(there->value, std::move(entry), path + "." + name, is_section);
  }
}

}  // namespace

void assign_toml(TomlValue& table, const std::string& assignment, const std::string& where,
                 const IsSection& is_section) {
  const auto equals = assignment.find('=');
  const auto bad = [&](const std::string& why) {
    return StudyError(fmt::format("{}: \"{}\": {}", where, printable_line(assignment, 1), why));
  };
  if (equals == std::string::npos) throw bad("must be key.path=value");
  const auto trimmed = [](std::string text) {
    text.erase(0, text.find_first_not_of(" \t"));
    text.erase(text.find_last_not_of(" \t") + 1);
    return text;
  };
  const std::string path = trimmed(assignment.substr(0, equals));
  const std::string text = trimmed(assignment.substr(equals + 1));
  TomlValue value;
  if (!parse_right_side(text, where, value)) {
    if (text.empty() || text.find_first_of("\"'[]{}\n\r") != std::string::npos)
      throw bad("the right side is not a TOML value");
    value.data = text;
  }
  place(value, where);

  const auto is_table = [](const TomlValue& item) { return item.get_if<TomlValue::Table>() != nullptr; };
  TomlValue* node = &table;
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('.', start), path.size());
    const std::string name = path.substr(start, end - start);
    if (name.empty()) throw bad("must be key.path=value");
    if (const auto* list = node->get_if<TomlValue::List>(); list && std::any_of(list->begin(), list->end(), is_table))
      throw bad(fmt::format("{} is a list of tables at {}", path.substr(0, start - 1), node->where));
    if (!is_table(*node)) *node = {TomlValue::Table{}, where};
    auto& entries = std::get<TomlValue::Table>(node->data);
    auto entry = std::find_if(entries.begin(), entries.end(), [&](const TomlEntry& e) { return e.name == name; });
    if (entry == entries.end()) {
      entries.push_back({name, {TomlValue::Table{}, where}});
      entry = entries.end() - 1;
    }
    node = &entry->value;
    start = end + 1;
  }
  put(*node, std::move(value), path, is_section);
}

}  // namespace muonphase
