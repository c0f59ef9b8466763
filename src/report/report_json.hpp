#pragma once
#include <span>
#include <string>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"

/// The data of a report as JSON, which knows neither NaN nor infinity: those are null.
namespace muonphase {

/// Text as a JSON string that cannot end the script element it stands in.
std::string json_text(const std::string& text);
/// Six digits: enough for a picture.
std::string json_numbers(std::span<const double> values);
/// Of any shape, as nested lists.
std::string json_array(const NumericArray& array);

/// All that page.js needs to draw a figure: {title, subtitle, columns, legend: [{text, line, marker, fill}], panels:
/// [{title, width, height, x, y, cells, series, marks}]}, axes {label, log, min, max, zero, first, categories}, series
/// {kind, x, y, upper, style, legend}, styles {color, opacity, width, dash, marker, size}. Labels without markup.
std::string json_figure(const figures::Figure& figure);

}  // namespace muonphase
