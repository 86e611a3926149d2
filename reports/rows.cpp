// Listings as JSON.
#include "reports/json_value.h"
#include "reports/reports.h"

namespace mtls::reports {

std::string write_rows(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    Json object = Json::object();
    for (const auto& [key, cell] : row) {
      const std::string& field = key;
      std::visit([&](const auto& value) { object[field] = value; }, cell);
    }
    list.push_back(std::move(object));
  }
  return dump(list);
}

}  // namespace mtls::reports
