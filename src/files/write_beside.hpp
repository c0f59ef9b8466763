#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace muonphase {

/// The file beside `path` in which it comes into being.
std::string beside(const std::filesystem::path& path);

/// Writes beside(path), safe on the disk when it returns: the open descriptor. IoError with the system's reason, or
/// where `path` is no regular file, and nothing is left.
int write_beside(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Gives beside(path) its name. IoError, and nothing is left beside.
void rename_beside(const std::filesystem::path& path);

}  // namespace muonphase
