// Listings as JSON.
#include "reports/json_value.h"
#include "reports/reports.h"

namespace mtls::reports {

namespace {

Json object_of(const Row& row) {
  Json object = Json::object();
  for (const auto& [key, cell] : row) {
    const std::string& field = key;
    std::visit([&](const auto& value) { object[field] = value; }, cell);
  }
  return object;
}

}  // namespace

std::string write_rows(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(object_of(row));
  return dump(list);
}

std::string write_row(const Row& row) {
  return object_of(row).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mtls::reports
