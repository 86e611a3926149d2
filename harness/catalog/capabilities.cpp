// The list of capabilities, which scenarios require and gateways have.
#include "harness/catalog/capabilities.h"

#include <algorithm>

#include "harness/catalog/catalog.h"

namespace mtls::catalog {

const std::vector<std::string>& capabilities() {
  static const std::vector<std::string> words{"http",
                                              "client-auth",
                                              "crl",
                                              "ocsp",
                                              "depth",
                                              "optional-client-auth",
                                              "optional-no-ca",
                                              "sni-policies",
                                              "reject-unknown-names",
                                              "identity-header",
                                              "upstream-tls",
                                              "upstream-client-certificate",
                                              "upstream-verify",
                                              "upstream-crl",
                                              "upstream-sni",
                                              "upstream-versions",
                                              "plain-listener",
                                              "resumption",
                                              "reload",
                                              "tls1.2",
                                              "tls1.3",
                                              "extra-unknown-variable"};
  return words;
}

void expect_capability(const Place& place, const std::string& word) {
  const auto& known = capabilities();
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  place.fail(fmt::format("there is no capability {}; {}", quote(word), expectation(word, known)));
}

std::string read_capability(const Place& place) {
  std::string word = read_not_empty(place);
  if (!word.empty()) expect_capability(place, word);
  return word;
}

}  // namespace mtls::catalog
