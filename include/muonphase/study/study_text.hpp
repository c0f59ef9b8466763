#pragma once
#include <string>
#include <vector>

/// Texts for people, made from study_keys(), so that they say what the reader of studies checks.
namespace muonphase {

/// The kinds of study that study_template() knows: phase, ode, simulate, validate, imbalance.
const std::vector<std::string>& study_template_kinds();

/// A study for a command to start from: what one sets first, then every other key that the command reads, commented
/// out at its default. Each with its meaning and what it allows. `kind` is one of study_template_kinds().
std::string study_template(const std::string& kind);

/// The reference of every key, as Markdown.
std::string study_reference();

/// python/muonphase/_keys.pyi: the type of the keys that studies take, for editors and type checkers.
std::string python_keys();

}  // namespace muonphase
