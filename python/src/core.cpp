// The compiled half of the Python module: studies, computations, result files. The other half, python/muonphase, gives
// them their shape for users.
#include <fmt/format.h>
#include <omp.h>
#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/memory.hpp"
#include "muonphase/version.hpp"

namespace py = pybind11;
using namespace muonphase;

namespace {

// A vector of C++ as an array of NumPy that owns it: no copy.
template <class T>
py::array array_of(std::vector<T> values, const std::vector<std::size_t>& shape) {
  auto* kept = new std::vector<T>(std::move(values));
  const py::capsule owner(kept, [](void* data) { delete static_cast<std::vector<T>*>(data); });
  return py::array_t<T>(shape, kept->data(), owner);
}

// Arrays of a tree in memory: NumPy looks into it, and keeps it alive.
py::object array_in(const DataTree::Dataset& set, const py::object& owner) {
  return std::visit(
      [&](const auto& values) -> py::object {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<T, std::string>)
          return py::array(py::cast(values));
        else if constexpr (std::is_same_v<T, std::uint8_t>)  // flags: NumPy's usual integers
          return array_of(std::vector<std::int64_t>(values.begin(), values.end()), set.shape);
        else
          return py::array_t<T>(set.shape, values.data(), owner);
      },
      set.values);
}

py::dict attributes_in(const DataTree& tree, const std::string& group) {
  py::dict attributes;
  for (const auto& attribute : tree.attributes())
    if (attribute.object == group)
      std::visit([&](const auto& value) { attributes[py::str(attribute.name)] = value; }, attribute.value);
  return attributes;
}

// Arrays before groups, as in a file that is loaded, and under "" the attributes of a group but the root.
py::dict ordered(const py::dict& group, const DataTree& tree, const std::string& path) {
  py::dict result;
  if (!path.empty()) result[""] = attributes_in(tree, path);
  for (const auto& [name, entry] : group)
    if (!py::isinstance<py::dict>(entry)) result[name] = entry;
  for (const auto& [name, entry] : group)
    if (py::isinstance<py::dict>(entry))
      result[name] = ordered(py::reinterpret_borrow<py::dict>(entry), tree, path + "/" + std::string(py::str(name)));
  return result;
}

// {"name": (array, dimensions, units, long_name)} for datasets, {"name": {…}} for groups, {"": {…}} for attributes.
py::dict tree_in(const std::shared_ptr<const DataTree>& tree) {
  const py::capsule owner(new std::shared_ptr<const DataTree>(tree),
                          [](void* kept) { delete static_cast<std::shared_ptr<const DataTree>*>(kept); });
  py::dict root;
  for (const auto& set : tree->datasets()) {
    py::dict group = root;
    std::size_t begin = 1;
    for (auto end = set.path.find('/', begin); end != std::string::npos; end = set.path.find('/', begin)) {
      const py::str name(set.path.substr(begin, end - begin));
      if (!group.contains(name)) group[name] = py::dict();
      group = group[name];
      begin = end + 1;
    }
    std::vector<std::string> dimensions;
    for (const auto& scale : set.scales) dimensions.push_back(scale.substr(scale.rfind('/') + 1));
    group[py::str(set.path.substr(begin))] =
        py::make_tuple(array_in(set, owner), py::tuple(py::cast(dimensions)), set.meta.units, set.meta.long_name);
  }
  return ordered(root, *tree, "");
}

py::object values_of(const Hdf5Reader& file, const std::string& path) {
  if (file.is_text(path)) return py::array(py::cast(file.strings(path)));
  NumericArray numbers = file.numbers(path);
  if (!file.is_integer(path)) return array_of(std::move(numbers.values), numbers.shape);
  std::vector<std::int64_t> whole(numbers.values.begin(), numbers.values.end());
  return array_of(std::move(whole), numbers.shape);
}

py::dict attributes_of(const Hdf5Reader& file, const std::string& group) {
  py::dict attributes;
  for (const auto& name : file.attributes(group)) {
    if (file.is_text_attribute(group, name))
      attributes[py::str(name)] = file.text_attribute(group, name);
    else if (file.is_integer_attribute(group, name))
      attributes[py::str(name)] = static_cast<std::int64_t>(file.number_attribute(group, name));
    else
      attributes[py::str(name)] = file.number_attribute(group, name);
  }
  return attributes;
}

// As tree_in(), of a file.
py::dict tree_of(const Hdf5Reader& file, const std::string& group) {
  const std::string prefix = group == "/" ? "/" : group + "/";
  const auto text = [&](const std::string& path, const char* name) {
    return file.has_attribute(path, name) ? file.text_attribute(path, name) : "";
  };
  py::dict tree;
  if (group != "/") tree[""] = attributes_of(file, group);
  for (const auto& name : file.datasets(group)) {
    const std::string path = prefix + name;
    tree[py::str(name)] = py::make_tuple(values_of(file, path), py::tuple(py::cast(file.dimensions(path))),
                                         text(path, "units"), text(path, "long_name"));
  }
  for (const auto& name : file.groups(group)) tree[py::str(name)] = tree_of(file, prefix + name);
  return tree;
}

py::tuple contents_of(const Hdf5Reader& file) {
  return py::make_tuple(tree_of(file, "/"), attributes_of(file, "/"));
}

// Ctrl-C and the user's callback, from inside a computation that has let go of the GIL.
class PythonObserver {
 public:
  explicit PythonObserver(py::object progress) : progress_(std::move(progress)) {}

  Observer observer() {
    Observer out;
    out.interrupted = [this] { return interrupted(); };
    out.warn = [this](const std::string& line) { warnings_.push_back(line); };
    if (!progress_.is_none())
      out.watch = [this](const std::string& what, const std::string& unit) -> Observer::Progress {
        return [this, what, unit](std::size_t done, std::size_t total) { report(what, unit, done, total); };
      };
    return out;
  }

  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Raises what a signal handler or the callback raised, if anything. With the GIL.
  void raise() {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  // Python runs signal handlers in its main thread only; any thread may ask, this one answers for all.
  bool interrupted() {
    if (stopped_ || std::this_thread::get_id() != thread_) return stopped_;
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) keep(py::error_already_set());
    return stopped_;
  }

  void report(const std::string& what, const std::string& unit, std::size_t done, std::size_t total) {
    if (stopped_) return;
    const py::gil_scoped_acquire gil;
    try {
      progress_(what, unit, done, total);
    } catch (const py::error_already_set& error) {
      keep(error);
    }
  }

  void keep(const py::error_already_set& error) {
    if (!error_) error_ = std::make_exception_ptr(error);
    stopped_ = true;
  }

  py::object progress_;
  std::vector<std::string> warnings_;
  std::exception_ptr error_;
  std::atomic<bool> stopped_{false};
  std::thread::id thread_ = std::this_thread::get_id();
};

// The tree of a result, to be saved.
struct Tree {
  std::shared_ptr<const DataTree> data;
};

// One computation at a time: OpenMP gives it every core, and HDF5 serves one thread at a time.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

// The registry: one dictionary an optimizer.
py::list table_of_optimizers() {
  py::list table;
  for (const auto& optimizer : optimizers()) {
    py::dict options;
    for (const auto& option : optimizer.options)
      options[py::str(option.key)] = py::dict(py::arg("default") = option.value, py::arg("type") = option.type,
                                              py::arg("allowed") = option.allowed, py::arg("doc") = option.doc);
    // [imbalance] names three of them otherwise.
    const std::string name = optimizer.full_batch_name.empty() ? optimizer.name : optimizer.full_batch_name,
                      label = optimizer.full_batch_label.empty() ? optimizer.label : optimizer.full_batch_label;
    table.append(py::dict(py::arg("name") = optimizer.name, py::arg("label") = optimizer.label,
                          py::arg("color") = fmt::format("#{:06x}", optimizer.color), py::arg("full_batch_name") = name,
                          py::arg("full_batch_label") = label, py::arg("update") = optimizer.doc,
                          py::arg("options") = options, py::arg("linear_closure") = static_cast<bool>(optimizer.linear),
                          py::arg("full_closure") = static_cast<bool>(optimizer.full)));
  }
  return table;
}

struct Computed {
  std::shared_ptr<const DataTree> tree;
  std::optional<bool> agree;
  std::string brief;
};

template <class Result>
Computed computed(const Result& result) {
  Computed out{std::make_shared<const DataTree>(tree_of(result)), std::nullopt, result.brief()};
  if constexpr (std::is_same_v<Result, ValidationResult>) out.agree = result.agree;
  return out;
}

Computed compute_kind(const std::string& kind, const Study& study, const Observer& observer) {
  const Provenance provenance{.kind = kind, .command_line = "muonphase." + kind, .threads = omp_get_max_threads()};
  if (kind == "validate") return computed(validate_result(study, provenance, observer));
  if (kind == "phase") return computed(phase_result(study, provenance, observer));
  if (kind == "ode") return computed(ode_result(study, provenance, observer));
  if (kind == "simulate") return computed(simulate_result(study, provenance, observer));
  if (kind == "coefficients") return computed(coefficients_result(study, provenance, observer));
  if (kind == "imbalance") return computed(imbalance_result(study, provenance, observer));
  if (kind == "tune") return computed(tune_result(study, provenance, observer));
  throw StudyError(kind + ": must be one of phase, ode, simulate, validate, coefficients, imbalance, tune");
}

constexpr int most_threads = 1024;

// (tree, arrays, attributes, agree, brief, warnings) of what `work(observer)` computes on so many threads.
py::tuple run(int threads, py::object progress, const std::function<Computed(const Observer&)>& work) {
  if (threads < 0 || threads > most_threads)
    throw StudyError(fmt::format("threads = {}: must be a whole number from 1 to {}", threads, most_threads));
  PythonObserver python(std::move(progress));
  const Observer observer = python.observer();
  Computed result;
  std::exception_ptr error;
  {
    const py::gil_scoped_release release;
    const std::scoped_lock lock(one_at_a_time());
    const int before = omp_get_max_threads();
    if (threads > 0) omp_set_num_threads(threads);
    try {
      result = work(observer);
    } catch (...) {
      error = std::current_exception();
    }
    omp_set_num_threads(before);
  }
  python.raise();
  if (error) std::rethrow_exception(error);
  return py::make_tuple(Tree{result.tree}, tree_in(result.tree), attributes_in(*result.tree, "/"), result.agree,
                        result.brief, python.warnings());
}

py::tuple compute(const std::string& kind, const Study& study, int threads, py::object progress) {
  return run(threads, std::move(progress),
             [&](const Observer& observer) { return compute_kind(kind, study, observer); });
}

// Whichever of the two there is: arrays, or a file.
py::tuple measure(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, bool labels, const std::string& path,
                  const std::string& preprocess, double ridge, const std::optional<std::pair<int, int>>& ranks,
                  int threads, py::object progress) {
  MeasureOptions options;
  options.place.path = path.empty() ? "arrays" : path;
  options.preprocess = preprocess == "standardise" ? Preprocess::standardise
                       : preprocess == "centre"    ? Preprocess::centre
                                                   : Preprocess::none;
  options.ridge = ridge;
  if (ranks) options.ranks = RankRange{ranks->first, ranks->second};
  return run(threads, std::move(progress), [&](const Observer& observer) {
    const Provenance provenance{
        .kind = "measure", .command_line = "muonphase.measure", .threads = omp_get_max_threads()};
    MeasureResult result = path.empty() ? measure_result(sample_arrays(x, y, labels), options, provenance, observer)
                                        : measure_result(options, provenance, observer);
    for (const auto& note : result.notes) observer.warn(note);
    return computed(result);
  });
}

void save(const Tree& tree, const std::string& path) {
  write_file(path, hdf5_image(*tree.data));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  keep_freed_memory();
  module.attr("__version__") = MUONPHASE_VERSION;
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const StudyError& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    } catch (const NoResultError& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    } catch (const IoError& e) {
      PyErr_SetString(PyExc_OSError, e.what());
    } catch (const Interrupted& e) {
      PyErr_SetString(PyExc_KeyboardInterrupt, e.what());
    }
  });
  py::class_<Study>(module, "CoreStudy")
      .def_property_readonly("folder", [](const Study& study) { return study.folder.string(); })
      .def("to_toml", &to_toml)
      .def("first_difference", [](const Study& a, const Study& b) { return first_difference(a, b); });
  module.def("load_study", [](const std::string& path, const std::vector<std::string>& assignments) {
    return load_study(path, assignments);
  });
  module.def("parse_study",
             [](const std::string& text, const std::string& file, const std::vector<std::string>& assignments) {
               return parse_study(text, file, assignments);
             });
  py::class_<Tree>(module, "Tree");
  module.def("parse_stored_study",
             [](const std::string& text, const std::string& file) { return parse_stored_study(text, file); });
  module.def("optimizers", &table_of_optimizers);
  module.def("compute", &compute);
  module.def("measure", &measure);
  module.def("open_result", [](const std::string& path) { return contents_of(open_result(path)); });
  module.def("save", &save);
}
