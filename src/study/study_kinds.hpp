#pragma once
// The kinds of value a study key can hold. A kind knows its name, what it allows, how to read a member from TOML
// (false: refused) and how to write it back. Of a table it may throw TableError where it can say more than "must be …".
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "muonphase/core/interval.hpp"
#include "muonphase/study/study.hpp"
#include "study/toml_value.hpp"

namespace muonphase {

/// What is wrong in the table of a key, and where it stands. Entries are named by the whole path of the key, which only
/// the caller knows: it goes between the parts of the text.
struct TableError {
  std::string where;
  std::vector<std::string> parts;
};

inline TomlValue toml_of(std::int64_t value) {
  return {value, {}};
}
inline TomlValue toml_of(double value) {
  return {value, {}};
}
inline TomlValue toml_of(bool value) {
  return {value, {}};
}
inline TomlValue toml_of(std::string value) {
  return {std::move(value), {}};
}

/// A finite number in an interval, or zero where that is a value of its own.
struct Number {
  Interval range = {};
  bool or_zero = false;

  std::string type() const { return "number"; }
  std::string allowed() const { return (or_zero ? "0, or " : "") + range.text(); }
  bool read(const TomlValue& value, double& out) const;
  TomlValue write(double value) const { return toml_of(value); }
};

inline Number at_least(double min) {
  return {Interval::at_least(min)};
}
inline Number above(double min) {
  return {Interval::above(min)};
}
inline Number within(double min, double max) {
  return {Interval::within(min, max)};
}
/// [min, max)
inline Number within_below(double min, double max) {
  return {Interval::within_below(min, max)};
}

/// What is squared on the way, without an overflow or a positive number that becomes zero.
inline const Number positive = within(1e-100, 1e100);
inline const Number not_negative = within(0, 1e100);

/// A whole number, which may be written as a float: 1e6. Sizes beyond the range of int are kept in doubles.
struct Whole {
  double min = 1, max = 1e15;

  std::string type() const { return "whole number"; }
  std::string allowed() const;
  template <class T>
  bool read(const TomlValue& value, T& out) const {
    double number = 0;
    if (!value.number(number) || !(number >= min && number <= max) || number != std::floor(number)) return false;
    out = static_cast<T>(number);
    return true;
  }
  template <class T>
  TomlValue write(T value) const {
    return toml_of(static_cast<std::int64_t>(value));
  }
};

/// All 63 bits of a TOML integer.
struct Seed {
  std::string type() const { return "whole number"; }
  std::string allowed() const { return "a whole number from 0 to 2^63 − 1"; }
  bool read(const TomlValue& value, std::uint64_t& out) const;
  TomlValue write(std::uint64_t value) const { return toml_of(static_cast<std::int64_t>(value)); }
};

struct Flag {
  std::string type() const { return "boolean"; }
  std::string allowed() const { return "true or false"; }
  bool read(const TomlValue& value, bool& out) const;
  TomlValue write(bool value) const { return toml_of(value); }
};

struct Words {
  std::string says = "a string";

  std::string type() const { return "string"; }
  std::string allowed() const { return says; }
  bool read(const TomlValue& value, std::string& out) const;
  TomlValue write(const std::string& value) const { return toml_of(value); }
};

/// One of a few words, which stand for values of type T.
template <class T>
struct Choice {
  std::vector<std::pair<std::string, T>> words;

  std::string type() const { return "string"; }
  std::string allowed() const {
    std::string text;
    for (const auto& [word, value] : words) text += (text.empty() ? "\"" : " or \"") + word + "\"";
    return text;
  }
  bool read(const TomlValue& value, T& out) const {
    const auto* text = value.get_if<std::string>();
    for (const auto& [word, meaning] : words)
      if (text && *text == word) {
        out = meaning;
        return true;
      }
    return false;
  }
  TomlValue write(const T& value) const {
    for (const auto& [word, meaning] : words)
      if (meaning == value) return toml_of(word);
    return toml_of(std::string());
  }
};

/// Words that stand for themselves.
Choice<std::string> one_of(const std::vector<std::string>& words);

/// What another kind allows, or "infinite".
template <class Kind>
struct OrInfinite {
  Kind finite;

  std::string type() const { return finite.type() + " or string"; }
  std::string allowed() const { return finite.allowed() + ", or \"infinite\""; }
  bool read(const TomlValue& value, double& out) const {
    if (const auto* text = value.get_if<std::string>(); text && *text == "infinite") {
      out = infinite_batch;
      return true;
    }
    return finite.read(value, out);
  }
  TomlValue write(double value) const {
    return value == infinite_batch ? toml_of(std::string("infinite")) : finite.write(value);
  }
};
template <class Kind>
OrInfinite(Kind) -> OrInfinite<Kind>;

/// What another kind allows, or "tied".
template <class Kind>
struct OrTied {
  Kind free;

  std::string type() const { return free.type() + " or string"; }
  std::string allowed() const { return free.allowed() + ", or \"tied\""; }
  bool read(const TomlValue& value, double& out) const {
    if (const auto* text = value.get_if<std::string>(); text && *text == "tied") {
      out = tied_to_alpha;
      return true;
    }
    return free.read(value, out);
  }
  TomlValue write(double value) const {
    return value == tied_to_alpha ? toml_of(std::string("tied")) : free.write(value);
  }
};
template <class Kind>
OrTied(Kind) -> OrTied<Kind>;

/// A list of values of one kind.
template <class Kind>
struct ListOf {
  Kind item = {};
  std::size_t size = 0;  ///< exactly this many; 0: any number
  bool distinct = false;
  bool may_be_empty = false;

  std::string type() const { return "list of " + item.type() + "s"; }
  std::string allowed() const {
    return (size ? "a list of " + std::to_string(size)
                 : std::string(may_be_empty ? "a list" : "a list of one or more")) +
           (distinct ? " without repetition" : "") + ", each " + item.allowed();
  }
  template <class T>
  bool read(const TomlValue& value, std::vector<T>& out) const {
    const auto* list = value.get_if<TomlValue::List>();
    if (!list || (list->empty() && !may_be_empty) || (size && list->size() != size)) return false;
    std::vector<T> values;
    for (const auto& element : *list) {
      T read_value{};
      if (!item.read(element, read_value)) return false;
      if (distinct && std::find(values.begin(), values.end(), read_value) != values.end()) return false;
      values.push_back(std::move(read_value));
    }
    out = std::move(values);
    return true;
  }
  template <class T>
  TomlValue write(const std::vector<T>& values) const {
    TomlValue::List list;
    for (const auto& value : values) list.push_back(item.write(value));
    return {std::move(list), {}};
  }
};

/// One value, or a list of them; one is written alone.
template <class Kind>
struct OneOrList {
  Kind item;

  std::string type() const { return item.type() + " or list"; }
  std::string allowed() const { return item.allowed() + ", or a list of them"; }
  template <class T>
  bool read(const TomlValue& value, std::vector<T>& out) const {
    T one{};
    if (!item.read(value, one)) return ListOf<Kind>{item}.read(value, out);
    out = {one};
    return true;
  }
  template <class T>
  TomlValue write(const std::vector<T>& values) const {
    return values.size() == 1 ? item.write(values[0]) : ListOf<Kind>{item}.write(values);
  }
};
template <class Kind>
OneOrList(Kind) -> OneOrList<Kind>;

/// A grid of numbers as a table, {min = …, max = …, count = …}, evenly spaced or evenly in the logarithm. False when it
/// is none, or does not increase.
bool read_grid(const TomlValue& value, bool logarithmic, std::vector<double>& out);

/// One number, or several that increase: a list or a grid. Empty where the study says nothing.
template <class Kind>
struct Sweep {
  Kind item;
  bool logarithmic;

  std::string type() const { return item.type() + ", list or table"; }
  std::string allowed() const {
    return item.allowed() + "; or a list of them that increases, or {min = …, max = …, count = …}" +
           (logarithmic ? " spaced evenly in the logarithm" : "");
  }
  bool read(const TomlValue& value, std::vector<double>& out) const {
    std::vector<double> values;
    double one = 0;
    if (item.read(value, one)) {
      values = {one};
    } else if (read_grid(value, logarithmic, values)) {
      for (double& v : values)
        if (!item.read(toml_of(std::is_same_v<Kind, Whole> ? v = std::round(v) : v), one)) return false;
    } else if (!ListOf<Kind>{item}.read(value, values)) {
      return false;
    }
    for (std::size_t i = 1; i < values.size(); ++i)
      if (!(values[i] > values[i - 1]) || values[i - 1] == tied_to_alpha) return false;
    out = std::move(values);
    return true;
  }
  std::optional<TomlValue> write(const std::vector<double>& values) const {
    if (values.empty()) return std::nullopt;
    return values.size() == 1 ? item.write(values[0]) : ListOf<Kind>{item}.write(values);
  }
};
template <class Kind>
Sweep(Kind, bool) -> Sweep<Kind>;

/// One value, or a list of them.
template <class Kind>
struct OneOrMore {
  Kind item;

  std::string type() const { return item.type() + " or list"; }
  std::string allowed() const { return item.allowed() + ", or a list of such"; }
  template <class T>
  bool read(const TomlValue& value, std::vector<T>& out) const {
    T one{};
    if (!item.read(value, one)) return ListOf<Kind>{item}.read(value, out);
    out = {std::move(one)};
    return true;
  }
  template <class T>
  TomlValue write(const std::vector<T>& values) const {
    return values.size() == 1 ? item.write(values[0]) : ListOf<Kind>{item}.write(values);
  }
};
template <class Kind>
OneOrMore(Kind) -> OneOrMore<Kind>;

/// A schedule: a number, a table with a policy, or a list of constant rates.
struct Rate {
  std::string type() const { return "number, table or list"; }
  std::string allowed() const;
  bool read(const TomlValue& value, RunRate& out) const;
  TomlValue write(const RunRate& rate) const;
};

/// The width of one hidden layer, or a list of widths, which says more (HiddenSection).
struct Hidden {
  std::string type() const { return OneOrMore{width}.type(); }
  std::string allowed() const { return OneOrMore{width}.allowed(); }
  bool read(const TomlValue& value, HiddenSection& out) const;
  TomlValue write(const HiddenSection& hidden) const;

  Whole width{1, 1e6};
};

/// A list of class probabilities, or {law = …, classes = …}.
struct Priors {
  std::string type() const { return "list or table"; }
  std::string allowed() const;
  bool read(const TomlValue& value, PriorsSection& out) const;
  TomlValue write(const PriorsSection& priors) const;
};

/// One rate for all, or a table of rates by optimizer.
struct RateOrTable {
  std::vector<std::string> names;

  std::string type() const { return "number or table"; }
  std::string allowed() const;
  bool read(const TomlValue& value, std::map<std::string, double>& out) const;
  TomlValue write(const std::map<std::string, double>& rates) const;
};

}  // namespace muonphase
