#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/study/study_text.hpp"
#include "muonphase/version.hpp"
#include "study_command.hpp"

namespace {

bool is_flag(const CLI::Option* option) {
  return option->get_items_expected_max() == 0;
}

// The commands, and the options of each, as the parser knows them.
std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Those that --help lists.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

std::vector<std::string> names_of(const CLI::Option* option) {
  std::vector<std::string> names;
  for (const auto& name : option->get_snames()) names.push_back("-" + name);
  for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> option_names(const CLI::App& command, bool with_value) {
  std::vector<std::string> names;
  for (const auto* option : options_of(command))
    if (!with_value || !is_flag(option))
      for (const auto& name : names_of(option)) names.push_back(name);
  return names;
}

// The words that a shell offers where a command takes one of a few.
std::string words_of(const std::string& command);

std::string bash(const CLI::App& app) {
  std::vector<std::string> names;
  std::string cases;
  for (const auto* command : commands_of(app)) {
    names.push_back(command->get_name());
    cases += fmt::format("    {}) options='{}'; words='{}' ;;\n", command->get_name(),
                         fmt::join(option_names(*command, false), " "), words_of(command->get_name()));
  }
  return fmt::format(
      "# bash completion of muonphase\n"
      "_muonphase() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} options='' words=''\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [ -n \"$words\" ] && [ \"$COMP_CWORD\" -eq 2 ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
      "}}\n"
      "complete -o filenames -F _muonphase muonphase\n",
      fmt::join(names, " "), cases);
}

// For a text between single quotes of a shell, without what zsh and fish read specially.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c == '\'')
      out += "’";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      out += ' ';
    else
      out += c;
  return out;
}

std::string zsh(const CLI::App& app) {
  std::string commands, cases;
  for (const auto* command : commands_of(app)) {
    commands += fmt::format("    '{}:{}'\n", command->get_name(), plain(command->get_description()));
    cases += fmt::format("    {}) _arguments", command->get_name());
    for (const auto* option : options_of(*command))
      for (const auto& name : names_of(option))
        cases += fmt::format(" \\\n      '*{}[{}]{}'", name, plain(option->get_description()),
                             is_flag(option) ? "" : ":value:_files");
    const std::string words = words_of(command->get_name());
    cases += words.empty() ? " \\\n      '*:file:_files' ;;\n" : fmt::format(" \\\n      '1:word:({})' ;;\n", words);
  }
  return fmt::format(
      "#compdef muonphase\n"
      "local -a commands=(\n{}  )\n"
      "if (( CURRENT == 2 )); then\n"
      "  _describe command commands\n"
      "else\n"
      "  local command=$words[2]\n"
      "  shift words; (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "fi\n",
      commands, cases);
}

std::string fish(const CLI::App& app) {
  std::string text = "# fish completion of muonphase\n";
  for (const auto* command : commands_of(app)) {
    const std::string& name = command->get_name();
    const std::string after = fmt::format("complete -c muonphase -n '__fish_seen_subcommand_from {}'", name);
    text += fmt::format("complete -c muonphase -n __fish_use_subcommand -f -a {} -d '{}'\n", name,
                        plain(command->get_description()));
    if (const std::string words = words_of(name); !words.empty()) text += fmt::format("{} -f -a '{}'\n", after, words);
    for (const auto* option : options_of(*command)) {
      std::string line;
      for (const auto& flag : option->get_snames()) line += " -s " + flag;
      for (const auto& flag : option->get_lnames()) line += " -l " + flag;
      if (!line.empty())
        text += fmt::format("{}{}{} -d '{}'\n", after, line, is_flag(option) ? "" : " -r",
                            plain(option->get_description()));
    }
  }
  return text;
}

// Text of a manual page: no backslash or leading dot is a request, a hyphen is one to copy.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((out.empty() || out.back() == '\n') && (c == '.' || c == '\'')) out += "\\&";
    out += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
  }
  return out;
}

std::string man_options(const CLI::App& command) {
  std::string text;
  for (const auto* option : options_of(command)) {
    const auto names = names_of(option);
    const std::string label = names.empty() ? option->get_name() : fmt::format("{}", fmt::join(names, ", "));
    const std::string value = is_flag(option) || names.empty() ? "" : " " + option->get_type_name();
    text += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(label), roff(value), roff(option->get_description()));
  }
  return text;
}

std::string man(const CLI::App& app) {
  std::string text = fmt::format(
      ".TH MUONPHASE 1 \"\" \"muonphase {}\" \"User commands\"\n"
      ".SH NAME\nmuonphase \\- phases and risk curves of Muon, SignSVD and SignSGD on matrix least squares\n"
      ".SH SYNOPSIS\n.B muonphase\nCOMMAND [OPTIONS] [FILE]\n.SH COMMANDS\n",
      roff(MUONPHASE_VERSION));
  for (const auto* command : commands_of(app)) {
    text += fmt::format(".SS muonphase {}\n{}\n{}", roff(command->get_name()), roff(command->get_description()),
                        man_options(*command));
    text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command->get_footer()));
  }
  return text + fmt::format(".SH EXIT STATUS\n{}\n.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNo colours when set.\n",
                            roff(app.get_footer()));
}

using Generator = std::string (*)(const CLI::App&);
const std::vector<std::pair<std::string, Generator>>& generators() {
  static const std::vector<std::pair<std::string, Generator>> table = {
      {"bash", bash},
      {"zsh", zsh},
      {"fish", fish},
      {"man", man},
      {"study-reference", [](const CLI::App&) { return muonphase::study_reference(); }},
      {"optimizers", [](const CLI::App&) { return optimizers_page(); }},
      {"python-keys", [](const CLI::App&) { return muonphase::python_keys(); }}};
  return table;
}

std::vector<std::string> generator_names() {
  std::vector<std::string> names;
  for (const auto& [name, generator] : generators()) names.push_back(name);
  return names;
}

struct GenerateFlags {
  std::string what;
  bool quiet = false;
  std::string log_level;
};

std::string words_of(const std::string& command) {
  if (command == "init") return fmt::format("{}", fmt::join(muonphase::study_template_kinds(), " "));
  if (command == "optimizers") return fmt::format("{}", fmt::join(muonphase::optimizer_names(), " "));
  if (command == "generate") return fmt::format("{}", fmt::join(generator_names(), " "));
  return "";
}

}  // namespace

void add_generate(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<GenerateFlags>();
  CLI::App* command =
      app.add_subcommand("generate", "Shell completions, the manual page, pages and stubs made from tables");
  command->add_option("WHAT", flags->what, "What to print")->required()->check(CLI::IsMember(generator_names()));
  add_log_flags_of_printing(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase generate bash > ~/.local/share/bash-completion/completions/muonphase\n"
      "  muonphase generate man | man -l -\n"
      "  muonphase generate study-reference | less");
  command->callback([flags, &app, &invocation] {
    invocation.run = [flags, &app] {
      set_log_level(flags->quiet, flags->log_level);
      for (const auto& [name, generator] : generators())
        if (name == flags->what) fmt::print("{}", generator(app));
      return 0;
    };
  });
}
