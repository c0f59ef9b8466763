#include "study/study_kinds.hpp"

#include <fmt/format.h>

namespace muonphase {

bool Number::read(const TomlValue& value, double& out) const {
  double number = 0;
  if (!value.number(number) || !(range.contains(number) || (or_zero && number == 0))) return false;
  out = number;
  return true;
}

std::string Whole::allowed() const {
  return fmt::format("a whole number from {:g} to {:g}", min, max);
}

bool Seed::read(const TomlValue& value, std::uint64_t& out) const {
  const auto* number = value.get_if<std::int64_t>();
  if (!number || *number < 0) return false;
  out = static_cast<std::uint64_t>(*number);
  return true;
}

bool Flag::read(const TomlValue& value, bool& out) const {
  const auto* flag = value.get_if<bool>();
  if (flag) out = *flag;
  return flag;
}

bool Words::read(const TomlValue& value, std::string& out) const {
  const auto* text = value.get_if<std::string>();
  if (text) out = *text;
  return text;
}

bool Hidden::read(const TomlValue& value, HiddenSection& out) const {
  HiddenSection hidden;
  hidden.listed = value.get_if<TomlValue::List>() != nullptr;
  if (!OneOrMore{width}.read(value, hidden.widths)) return false;
  out = std::move(hidden);
  return true;
}

TomlValue Hidden::write(const HiddenSection& hidden) const {
  return hidden.listed ? ListOf<Whole>{width}.write(hidden.widths) : OneOrMore{width}.write(hidden.widths);
}

Choice<std::string> one_of(const std::vector<std::string>& words) {
  Choice<std::string> choice;
  for (const auto& word : words) choice.words.emplace_back(word, word);
  return choice;
}

}  // namespace muonphase
