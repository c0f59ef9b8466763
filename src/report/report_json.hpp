#pragma once
#include <span>
#include <string>

#include "muonphase/files/hdf5.hpp"

/// The data of a report as JSON, which knows neither NaN nor infinity: those are null.
namespace muonphase {

/// Text as a JSON string that cannot end the script element it stands in.
std::string json_text(const std::string& text);
/// Six digits: enough for a picture.
std::string json_numbers(std::span<const double> values);
/// Of any shape, as nested lists.
std::string json_array(const NumericArray& array);

/// Charts of every result that is not a map, from what the file says of itself: datasets of one name over one kind of
/// step (or rate, or mode) share a chart; a second dimension makes a curve of each of a few of its entries. A list of
/// {title, x, y, curves: [{name, color, dashed, x, y}]}; "[]" when the file holds no curve.
std::string json_charts(const Hdf5Reader& file);

}  // namespace muonphase
