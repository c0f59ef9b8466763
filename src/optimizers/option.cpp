#include "muonphase/optimizers/option.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// A whole number is a number too: 0 for 0.0.
OptionValue as_type_of(const OptionValue& type, const OptionValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value); whole && std::holds_alternative<double>(type))
    return static_cast<double>(*whole);
  return value;
}

struct Written {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::string& value) const { return '"' + value + '"'; }
  template <class T>
  std::string operator()(const std::vector<T>& values) const {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back((*this)(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
  template <class T>
  std::string operator()(T value) const {
    return fmt::format("{}", value);
  }
};

}  // namespace

Option number_option(std::string key, double value, const Interval& range, std::string doc) {
  return {std::move(key),
          value,
          "number",
          range.text(),
          [range](const OptionValue& given) {
            const auto* number = std::get_if<double>(&given);
            return number && range.contains(*number);
          },
          std::move(doc)};
}

Option whole_option(std::string key, std::int64_t value, std::int64_t min, std::int64_t max, std::string doc) {
  return {std::move(key),
          value,
          "whole number",
          fmt::format("a whole number from {} to {}", min, max),
          [=](const OptionValue& given) {
            const auto* number = std::get_if<std::int64_t>(&given);
            return number && *number >= min && *number <= max;
          },
          std::move(doc)};
}

Option flag_option(std::string key, bool value, std::string doc) {
  return {std::move(key),
          value,
          "boolean",
          "true or false",
          [](const OptionValue& given) { return std::holds_alternative<bool>(given); },
          std::move(doc)};
}

Option word_option(std::string key, std::string value, std::vector<std::string> words, std::string doc) {
  std::string allowed;
  for (const auto& word : words) allowed += (allowed.empty() ? "\"" : " or \"") + word + '"';
  return {std::move(key),
          std::move(value),
          "string",
          allowed,
          [words = std::move(words)](const OptionValue& given) {
            const auto* text = std::get_if<std::string>(&given);
            return text && std::find(words.begin(), words.end(), *text) != words.end();
          },
          std::move(doc)};
}

Option numbers_option(std::string key, std::vector<double> value, std::string doc) {
  const std::size_t size = value.size();
  return {std::move(key),
          std::move(value),
          "list of numbers",
          fmt::format("a list of {}, each a finite number", size),
          [size](const OptionValue& given) {
            const auto* list = std::get_if<std::vector<double>>(&given);
            return list && list->size() == size &&
                   std::all_of(list->begin(), list->end(), [](double x) { return std::isfinite(x); });
          },
          std::move(doc)};
}

Option or_word(Option option, std::string word) {
  option.value = word;
  option.type += " or string";
  option.allowed += fmt::format(", or \"{}\"", word);
  option.accepts = [others = std::move(option.accepts), word = std::move(word)](const OptionValue& given) {
    const auto* text = std::get_if<std::string>(&given);
    return text ? *text == word : others(given);
  };
  return option;
}

std::string text_of(const OptionValue& value) {
  return std::visit(Written{}, value);
}

OptimizerOptions complete(const std::vector<Option>& list, const OptimizerOptions& given, const std::string& owner) {
  OptimizerOptions options;
  for (const auto& option : list)
    options[option.key] = given.has(option.key) ? as_type_of(option.value, given.at(option.key)) : option.value;
  for (const auto& [key, value] : given)
    if (!options.has(key))
      throw StudyError(fmt::format("run.optimizer.{}.{}: {} has no such option", owner, key, owner));
  for (const auto& option : list)
    if (!option.accepts(options.at(option.key)))
      throw StudyError(fmt::format("run.optimizer.{}.{} = {}: must be {}", owner, option.key,
                                   text_of(options.at(option.key)), option.allowed));
  return options;
}

}  // namespace muonphase
