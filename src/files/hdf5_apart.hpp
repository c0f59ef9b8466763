#pragma once
#include <hdf5.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "files/hdf5_handle.hpp"

namespace muonphase {

/// What the library finds by following pointers of the file, by text_key(): text of variable length, and the names
/// ("#names") and paths ("#paths") of the dimension scales of each dataset.
using TextsApart = std::map<std::string, std::vector<std::string>>;

/// Reads all of a file in a child process. The HDF5 library follows pointers of damaged files wherever they lead, and
/// writes beyond its buffers then: the child may crash, this process must never follow them. IoError "damaged HDF5
/// file" when the child crashed or came to no end; nothing where no child can be made. What the library itself refuses
/// is missing from the texts.
std::optional<TextsApart> read_apart(const std::filesystem::path& path);

/// The name among TextsApart of a text attribute of an object, of "#names" and "#paths"; of its values when empty.
std::string text_key(hid_t object, const std::string& what);

/// Whether values of an object (a dataset, an attribute) may be read: no more than 10^10, and no more bytes than a
/// file of that size can hold compressed. Damage declares sizes that no memory has.
bool plausible_size(hid_t object, hid_t type, hid_t space);

/// Opens a file to be read, without the library's lock: results are never changed in place.
Handle open_to_read(const std::filesystem::path& path);

}  // namespace muonphase
