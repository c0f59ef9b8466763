// Which keys of [imbalance] make networks, and which ones networks do not read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "run/parts.hpp"
#include "study/study_readers.hpp"

namespace muonphase {
namespace {

/// Keys whose values are not their defaults, with why the study does not read them.
class Unread {
 public:
  explicit Unread(const Study& study) : changed_(changed_keys(study)) {}

  void add(std::initializer_list<const char*> keys, const std::string& why) {
    std::vector<std::string> given;
    for (const char* key : keys)
      if (const std::string path = std::string("imbalance.") + key; changed_.contains(path)) given.push_back(path);
    if (!given.empty()) parts_.push_back(fmt::format("{} ({})", fmt::join(given, ", "), why));
  }
  std::string text() const { return fmt::format("{}", fmt::join(parts_, ", ")); }

 private:
  std::set<std::string> changed_;
  std::vector<std::string> parts_;
};

}  // namespace

std::string network_key(const ImbalanceSection& section) {
  const ImbalanceSection defaults;
  if (!section.data.path.empty()) return "imbalance.data.path";
  if (!section.tune.rates.empty()) return "imbalance.tune.rates";
  if (!section.tune.momenta.empty()) return "imbalance.tune.momenta";
  if (section.batch != defaults.batch) return "imbalance.batch";
  if (section.schedule != defaults.schedule) return "imbalance.schedule";
  if (section.bias_rate != defaults.bias_rate) return "imbalance.bias_rate";
  return section.model == "mlp" && section.hidden.listed ? "imbalance.hidden" : "";
}

void warn_unread_by_networks(const Study& study, const Observer& observer) {
  const ImbalanceSection& section = study.imbalance;
  const bool networks = !network_key(section).empty(), data = !section.data.path.empty();
  Unread unread(study);
  if (networks) {
    unread.add({"init.std", "init.balanced"}, "a network starts from He's weights");
    unread.add({"train_outer"}, "every layer is trained");
    unread.add({"organisms"}, "for task = \"organisms\"");
    if (!section.tune.rates.empty()) unread.add({"learning_rate"}, "tune.rates are tried");
  }
  if (section.model == "linear") unread.add({"hidden"}, "for model = \"mlp\"");
  if (data) {
    unread.add({"mean_norm", "noise", "dimension", "samples", "test_samples"}, "the samples are those of data.path");
    if (section.data.transform != "colours") unread.add({"data.spurious"}, "for transform = \"colours\"");
    if (section.data.transform != "barcodes")
      unread.add({"data.codes", "data.per_code"}, "for transform = \"barcodes\"");
  } else {
    unread.add({"data.inputs", "data.labels", "data.transform", "data.spurious", "data.codes", "data.per_code",
                "data.validation", "data.test"},
               "there is no data.path");
  }
  if (const std::string keys = unread.text(); !keys.empty())
    warn(observer, "{} not read {}", networks ? "networks do" : "this study does", keys);
}

}  // namespace muonphase
