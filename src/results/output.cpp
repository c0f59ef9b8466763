#include "muonphase/results/output.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "muonphase/results/exponents.hpp"
#include "results/checksum.hpp"
#include "results/output_lock.hpp"

namespace muonphase {

namespace fs = std::filesystem;

namespace {

// Behind a checkpoint, where HDF5 does not look: damage in numbers would go unseen.
constexpr std::string_view seal = "muonphase sealed";

std::string seal_of(std::string_view bytes) {
  const std::uint64_t sum = checksum(bytes);
  return std::string(seal).append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

// Checkpoints of the first version have no seal.
void require_sealed(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t size = seal.size() + sizeof(std::uint64_t);
  if (file.size() < size || file.compare(file.size() - size, seal.size(), seal) != 0) return;
  const std::string_view content(file.data(), file.size() - size);
  if (file.substr(content.size()) != seal_of(content))
    throw IoError(path.string() + ": damaged checkpoint (--force starts afresh)");
}

// Refuses to go on from what is of another kind or study.
void require_same(const std::string& name, const std::string& before_kind, const std::string& before_study,
                  const std::string& kind, const Study& study) {
  if (before_kind != kind)
    throw StudyError(fmt::format("{}: cannot be resumed: it is a result of {}, not of {}", name, before_kind, kind));
  if (const auto difference = difference_from_stored(parse_stored_study(before_study, name + ":study"), study))
    throw StudyError(fmt::format("{}: cannot be resumed: it is of another study: {}", name, *difference));
}

void require_same(const Hdf5Reader& before, const std::string& kind, const Study& study) {
  require_same(before.path().string(), before.text_attribute("/", "kind"), before.text_attribute("/", "study"), kind,
               study);
}

// Damage may leave a file that can be read, with shapes that its dimensions do not have: whoever reads several datasets
// side by side relies on these.
void require_shapes(const Hdf5Reader& file, const std::string& group) {
  const std::string prefix = group == "/" ? group : group + "/";
  for (const auto& name : file.datasets(group)) {
    const std::string path = prefix + name;
    const std::vector<std::size_t> shape = file.shape(path);
    const std::vector<std::string> scales = file.scales(path);
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (scales[i].empty() || !file.has(scales[i]) || file.shape(scales[i]) != std::vector{shape[i]})
        throw IoError(fmt::format("{}: damaged: {} has not the shape that its dimensions say", file.path().string(), path));
  }
  for (const auto& name : file.groups(group)) require_shapes(file, prefix + name);
}

}  // namespace

Hdf5Reader open_result(const fs::path& path) {
  Hdf5Reader file(path);
  if (!file.has_attribute("/", "muonphase_version") || !file.has_attribute("/", "kind"))
    throw StudyError(path.string() + ": is an HDF5 file, but not a result of muonphase");
  require_shapes(file, "/");
  read_in_todays_exponents(file);
  return file;
}

void require_other_file(const fs::path& output, const std::vector<std::string>& inputs) {
  for (const auto& input : inputs)
    for (std::size_t end = input.size(); end != std::string::npos && end > 0; end = input.rfind(':', end - 1)) {
      std::error_code none;
      if (fs::equivalent(output, input.substr(0, end), none) && !none)
        throw StudyError(output.string() + ": is read by this command: give the output another name");
    }
}

Output::Output(fs::path path, Existing existing, const std::string& kind, const Study& study)
    : path_(std::move(path)),
      kind_(kind),
      study_(to_toml(with_absolute_paths(study))),
      resume_(existing == Existing::resume) {
  if (path_.filename().empty())
    throw IoError((path_.empty() ? "\"\"" : path_.string()) + ": cannot be written: it is not the name of a file");
  std::error_code error;
  const auto status = fs::status(path_, error);
  if (fs::is_directory(status)) throw IoError(path_.string() + ": cannot be written: it is a directory");
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw IoError(path_.string() + ": cannot be written: it is not a regular file");
  const auto refuse_result = [&] {
    if (existing == Existing::refuse && fs::exists(path_))
      throw IoError(path_.string() + ": is there already (--force overwrites it, --resume completes it)");
  };
  refuse_result();
  lock_ = std::make_unique<OutputLock>(partial());
  refuse_result();  // of a run that ended meanwhile
  if (existing == Existing::refuse && !lock_->empty())
    throw IoError(partial().string() + ": an unfinished run is there (--resume continues it, --force starts afresh)");
  fresh_ = !resume_ || lock_->empty();
  if (!resume_) return;
  complete_ = fs::exists(path_);
  if (complete_)
    require_same(open_result(path_), kind, study);
  else if (!lock_->empty())
    continue_from_partial(study);
  if (complete_) lock_.reset();
}

Output::~Output() = default;
Output::Output(Output&&) noexcept = default;

void Output::continue_from_partial(const Study& study) {
  if (const auto journal = Journal::open(partial())) {
    require_same(partial().string(), journal->kind(), journal->study(), kind_, study);
    return;
  }
  require_sealed(partial());
  const Hdf5Reader before = open_result(partial());
  require_same(before, kind_, study);
  if (before.has("/checkpoint")) return;
  fs::rename(partial(), path_);  // killed on its last step
  complete_ = true;
}

std::optional<Hdf5Reader> Output::checkpoint() const {
  if (!resume_ || complete_ || lock_->empty()) return std::nullopt;
  return open_result(partial());
}

void Output::save_checkpoint(const DataTree& tree) const {
  std::vector<std::byte> image = hdf5_image(tree);
  const std::string end = seal_of({reinterpret_cast<const char*>(image.data()), image.size()});
  const auto bytes = std::as_bytes(std::span(end));
  image.insert(image.end(), bytes.begin(), bytes.end());
  lock_->replace(image);
}

Journal Output::journal() const {
  if (resume_ && !lock_->empty())
    if (auto journal = Journal::open(partial())) return std::move(*journal);
  const std::string beginning = Journal::beginning(kind_, study_);
  lock_->replace(std::as_bytes(std::span(beginning)));
  return std::move(*Journal::open(partial()));
}

void Output::discard() const {
  if (fresh_ && lock_ && !lock_->empty()) lock_->replace({});  // and who lets go of an empty one removes it
}

void Output::commit(const DataTree& tree) {
  lock_->replace(hdf5_image(tree));
  std::error_code error;
  fs::rename(partial(), path_, error);
  if (error) throw IoError(fmt::format("{}: cannot be written: {}", path_.string(), error.message()));
  lock_.reset();
}

}  // namespace muonphase
