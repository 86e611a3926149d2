// Reads only the rules, so that a diagnosis need not wait for the scenarios.
#include "tools/rules.h"

#include "harness/catalog/catalog.h"
#include "tools/data.h"

namespace mtls::tools {

Result<diagnose::Rules> shipped_rules() {
  const auto folder = data_folder();
  if (!folder) return folder.error();
  const auto book = catalog::read_rules(*folder / "fixtures" / "diagnoses");
  if (!book) return book.error();
  return diagnose::Rules::compile(*book);
}

}  // namespace mtls::tools
