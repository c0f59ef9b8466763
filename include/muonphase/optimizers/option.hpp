#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "muonphase/core/interval.hpp"

namespace muonphase {

/// The value of an option of an optimizer.
using OptionValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<double>, std::vector<std::vector<double>>>;

/// One option of an optimizer: the key `run.optimizer.<name>.<key>` of a study.
struct Option {
  std::string key;      ///< "momentum"
  OptionValue value;    ///< the default; where `accepts` takes values of several types, one of them
  std::string type;     ///< "number"
  std::string allowed;  ///< "a number in [0, 1)"
  std::function<bool(const OptionValue&)> accepts;
  std::string doc;  ///< "momentum μ"
};

Option number_option(std::string key, double value, const Interval& range, std::string doc);
Option whole_option(std::string key, std::int64_t value, std::int64_t min, std::int64_t max, std::string doc);
Option flag_option(std::string key, bool value, std::string doc);
/// One of a few words.
Option word_option(std::string key, std::string value, std::vector<std::string> words, std::string doc);
/// As many finite numbers as the default has.
Option numbers_option(std::string key, std::vector<double> value, std::string doc);
/// What `option` takes, or a word, which is the default.
Option or_word(Option option, std::string word);

/// As it is written in a study: 0.95, true, "exact", [1, 2, 3], [[1, 2], [3]].
std::string text_of(const OptionValue& value);

/// Values of options by their keys.
class OptimizerOptions {
 public:
  OptimizerOptions() = default;
  OptimizerOptions(std::initializer_list<std::pair<const std::string, OptionValue>> values) : values_(values) {}

  bool has(const std::string& key) const { return values_.contains(key); }
  OptionValue& operator[](const std::string& key) { return values_[key]; }
  const OptionValue& at(const std::string& key) const { return values_.at(key); }
  /// The value where it is of that type; null elsewhere.
  template <class T>
  const T* get_if(const std::string& key) const {
    return std::get_if<T>(&at(key));
  }

  double number(const std::string& key) const { return std::get<double>(at(key)); }
  std::int64_t whole(const std::string& key) const { return std::get<std::int64_t>(at(key)); }
  bool flag(const std::string& key) const { return std::get<bool>(at(key)); }
  const std::string& word(const std::string& key) const { return std::get<std::string>(at(key)); }
  const std::vector<double>& numbers(const std::string& key) const { return std::get<std::vector<double>>(at(key)); }

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  bool operator==(const OptimizerOptions&) const = default;

 private:
  std::map<std::string, OptionValue> values_;
};

/// Every option of `list`: the given value, or the default. `owner` names the optimizer in messages. StudyError for an
/// option that is not in the list and for a value that it does not accept.
OptimizerOptions complete(const std::vector<Option>& list, const OptimizerOptions& given, const std::string& owner);

}  // namespace muonphase
