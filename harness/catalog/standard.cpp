// Reads what scenarios deviate from: the standard PKI, sites and upstreams.
#include <algorithm>

#include "harness/base/text.h"
#include "harness/catalog/catalog.h"
#include "harness/catalog/pki_reader.h"
#include "harness/catalog/site_reader.h"

namespace mtls::catalog {

Result<PkiSpec> read_pki(const std::filesystem::path& file) {
  auto root = parse_file(file);
  if (!root) return root.error();
  Document document{sanitise_line(file.string()), "", {}};
  const NameSet nothing;
  const Names names(nothing, names_of(&*root));
  PkiSpec pki = read_pki_sections(Place(*root, document), names, {});
  if (document.error) return *document.error;
  return pki;
}

Result<Standard> read_standard(const std::filesystem::path& fixtures) {
  auto pki = read_pki(fixtures / "pki" / "standard.json");
  if (!pki) return pki.error();
  const auto file = fixtures / "sites" / "standard.json";
  auto root = parse_file(file);
  if (!root) return root.error();
  Document document{sanitise_line(file.string()), "", {}};
  const Place place(*root, document);
  Standard standard;
  standard.pki = std::move(*pki);
  const NameSet known = names_of(standard.pki);
  const Names names(known, {});
  Object object(place);
  object.must("upstreams", [&](const Place& at) { standard.upstreams = read_upstreams(at, names); });
  object.must("sites", [&](const Place& at) { standard.sites = read_sites(at, names, {}, standard.upstreams); });
  object.finish();
  if (document.error) return *document.error;
  return standard;
}

}  // namespace mtls::catalog
