// Files whose bytes were changed: the reader says so and lives.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <random>

#include "muonphase/files/hdf5.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

// Reads all that there is, as `info` and `export` do; false when something is refused.
bool reads_all(const Hdf5Reader& file, const std::string& group = "/") {
  bool fine = true;
  const auto attempt = [&](auto read) {
    try {
      read();
    } catch (const IoError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      fine = false;
    }
  };
  const std::string prefix = group == "/" ? group : group + "/";
  for (const auto& name : file.datasets(group)) {
    const std::string path = prefix + name;
    attempt([&] { EXPECT_EQ(file.dimensions(path).size(), file.shape(path).size()); });
    attempt([&] { file.scales(path); });
    attempt([&] { file.is_text(path) ? void(file.strings(path)) : void(file.numbers(path)); });
    for (const std::string attribute : {"units", "long_name"})
      if (file.has_attribute(path, attribute)) attempt([&] { file.text_attribute(path, attribute); });
  }
  for (const auto& name : file.groups(group))
    attempt([&] {
      if (!reads_all(file, prefix + name)) fine = false;
    });
  for (const std::string attribute : {"kind", "study"}) attempt([&] { file.text_attribute("/", attribute); });
  return fine;
}

bool reads_all(const std::filesystem::path& path) {
  try {
    return reads_all(Hdf5Reader(path));
  } catch (const IoError& error) {
    EXPECT_EQ(std::string(error.what()).rfind(path.string() + ": ", 0), 0u) << error.what();
    return false;
  }
}

std::string small_image() {
  DataTree tree;
  tree.attribute("/", "kind", "ode");
  tree.attribute("/", "study", "seed = 1\n");
  tree.scale("/step", std::array{0.0, 1.0, 2.0}, {"1", "step"});
  tree.scale("/class", std::array<std::string, 2>{"one", "another"}, {"1", "class"});
  const std::array values{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  tree.dataset("/signsvd/risk", {"/step", "/class"}, values, {"1", "risk"});
  const auto image = hdf5_image(tree);
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

void text_of_any_length(hid_t object, const char* name, const char* text) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, &text);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

// As h5py writes text, and as the first version of muonphase did: the file holds pointers to it.
void write_with_pointers(const std::filesystem::path& path) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  text_of_any_length(file, "kind", "ode");
  text_of_any_length(file, "study", "seed = 1\n");
  const hsize_t size = 2;
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &size, nullptr);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t set = H5Dcreate2(file, "names", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const char* names[] = {"one", "another"};
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, names);
  text_of_any_length(set, "units", "1");
  H5Dclose(set);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
}

// A group that is in itself, and a dataset of 10^12 numbers, none of them stored.
void write_endless(const std::filesystem::path& path) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "/", file, "again", H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t size[] = {1000000, 1000000}, chunk[] = {1000, 1000};
  const hid_t space = H5Screate_simple(2, size, nullptr), properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 2, chunk);
  H5Dclose(H5Dcreate2(file, "huge", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  H5Pclose(properties);
  H5Sclose(space);
  H5Fclose(file);
}

TEST(Damaged, ChangedBytesAreIoErrorsOrPassUnseen) {
  const Scratch scratch;
  const std::string whole = small_image();
  ASSERT_TRUE(reads_all(scratch.write("a.h5", whole)));
  std::minstd_rand random(1);
  int refused = 0;
  for (int mutant = 0; mutant < 60; ++mutant) {
    std::string bytes = whole;
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() >> 8);
    refused += !reads_all(scratch.write("a.h5", bytes));
  }
  EXPECT_GT(refused, 5);
}

TEST(Damaged, TextOfVariableLengthIsReadAndItsDamageSeen) {
  const Scratch scratch;
  write_with_pointers(scratch / "whole.h5");
  {
    const Hdf5Reader file(scratch / "whole.h5");
    EXPECT_EQ(file.text_attribute("/", "study"), "seed = 1\n");
    EXPECT_EQ(file.text_attribute("/names", "units"), "1");
    EXPECT_EQ(file.strings("/names"), (std::vector<std::string>{"one", "another"}));
    EXPECT_TRUE(reads_all(file));
  }
  const std::string whole = scratch.read("whole.h5");
  const std::size_t heap = whole.find("GCOL");
  ASSERT_NE(heap, std::string::npos);
  // The sizes of the texts on the heap, and what stands around them.
  int refused = 0;
  for (std::size_t at = heap; at < heap + 120; at += 4) {
    std::string bytes = whole;
    for (std::size_t i = 0; i < 3; ++i) bytes[at + i] = static_cast<char>(bytes[at + i] ^ 0xff);
    refused += !reads_all(scratch.write("a.h5", bytes));
  }
  EXPECT_GT(refused, 5);
  // And the texts' lengths and places, which stand before or behind the heap.
  for (std::size_t at = 500; at < heap; at += 61) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
    reads_all(scratch.write("a.h5", bytes));
  }
}

TEST(Damaged, WhatHasNoEndIsRefused) {
  const Scratch scratch;
  write_endless(scratch / "a.h5");
  const Hdf5Reader file(scratch / "a.h5");
  EXPECT_THROW(file.numbers("/huge"), IoError);
  EXPECT_EQ(file.shape("/huge"), (std::vector<std::size_t>{1000000, 1000000}));
  EXPECT_FALSE(reads_all(file));
}

}  // namespace
}  // namespace muonphase
