// Listings as JSON.
#include <nlohmann/json.hpp>

#include "reports/reports.h"

namespace mtls::reports {

std::string write_rows(const std::vector<Row>& rows) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Row& row : rows) {
    Json object = Json::object();
    for (const auto& [key, cell] : row) {
      const std::string& field = key;
      std::visit([&](const auto& value) { object[field] = value; }, cell);
    }
    list.push_back(std::move(object));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mtls::reports
