// The compiled half of the Python module: studies, computations, result files. The other half, python/muonphase, gives
// them their shape for users.
#include <fmt/format.h>
#include <omp.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "muonphase/run/compute.hpp"
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

py::object values_of(const Hdf5Reader& file, const std::string& path) {
  if (file.is_text(path)) return py::array(py::cast(file.strings(path)));
  NumericArray numbers = file.numbers(path);
  if (!file.is_integer(path)) return array_of(std::move(numbers.values), numbers.shape);
  std::vector<std::int64_t> whole(numbers.values.begin(), numbers.values.end());
  return array_of(std::move(whole), numbers.shape);
}

// {"name": (array, dimensions, units, long_name)} for datasets, {"name": {…}} for groups.
py::dict tree_of(const Hdf5Reader& file, const std::string& group) {
  const std::string prefix = group == "/" ? "/" : group + "/";
  const auto text = [&](const std::string& path, const char* name) {
    return file.has_attribute(path, name) ? file.text_attribute(path, name) : "";
  };
  py::dict tree;
  for (const auto& name : file.datasets(group)) {
    const std::string path = prefix + name;
    tree[py::str(name)] = py::make_tuple(values_of(file, path), py::tuple(py::cast(file.dimensions(path))),
                                         text(path, "units"), text(path, "long_name"));
  }
  for (const auto& name : file.groups(group)) tree[py::str(name)] = tree_of(file, prefix + name);
  return tree;
}

py::dict attributes_of(const Hdf5Reader& file) {
  py::dict attributes;
  for (const char* name : {"muonphase_version", "kind", "study", "command_line", "created", "git_commit"})
    attributes[name] = file.text_attribute("/", name);
  for (const char* name : {"seed", "ranks", "threads"})
    attributes[name] = static_cast<std::int64_t>(file.number_attribute("/", name));
  return attributes;
}

py::tuple contents_of(const Hdf5Reader& file) {
  return py::make_tuple(tree_of(file, "/"), attributes_of(file));
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

// One computation at a time: OpenMP gives it every core, and HDF5 serves one thread at a time.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

struct Computed {
  std::vector<std::byte> image;
  std::optional<bool> agree;
};

Computed compute_image(const std::string& kind, const Study& study, const Observer& observer) {
  const Provenance provenance{.kind = kind, .command_line = "muonphase." + kind, .threads = omp_get_max_threads()};
  if (kind == "validate") {
    const ValidateResult result = validate_result(study, provenance, observer);
    return {result.file.image(), result.agree};
  }
  const auto file = [&] {
    if (kind == "phase") return phase_result(study, provenance, observer).file;
    if (kind == "ode") return ode_result(study, provenance, observer);
    if (kind == "simulate") return simulate_result(study, provenance, observer);
    if (kind == "coefficients") return coefficients_result(study, provenance, observer);
    return imbalance_result(study, provenance, observer);
  };
  return {file().image(), std::nullopt};
}

// (image, tree, attributes, agree, warnings)
py::tuple compute(const std::string& kind, const Study& study, int threads, py::object progress) {
  PythonObserver python(std::move(progress));
  const Observer observer = python.observer();
  Computed computed;
  std::exception_ptr error;
  {
    const py::gil_scoped_release release;
    const std::scoped_lock lock(one_at_a_time());
    const int before = omp_get_max_threads();
    if (threads > 0) omp_set_num_threads(threads);
    try {
      computed = compute_image(kind, study, observer);
    } catch (...) {
      error = std::current_exception();
    }
    omp_set_num_threads(before);
  }
  python.raise();
  if (error) std::rethrow_exception(error);
  const Hdf5Reader file(computed.image, kind + " result");
  const py::bytes image(reinterpret_cast<const char*>(computed.image.data()), computed.image.size());
  return py::make_tuple(image, tree_of(file, "/"), attributes_of(file), computed.agree, python.warnings());
}

void save(const py::bytes& image, const std::string& path) {
  const std::string_view bytes = image;
  write_file(path, std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.attr("__version__") = MUONPHASE_VERSION;
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const StudyError& e) {
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
  module.def("compute", &compute);
  module.def("open_result", [](const std::string& path) { return contents_of(open_result(path)); });
  module.def("save", &save);
}
