// Numbers of a CertificateRequest as the names of the registry (IANA, TLS SignatureScheme and ClientCertificateType).
#include "harness/client/certificate_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace mtls::client {
namespace {

constexpr int most_seen = 64;

constexpr std::array<std::pair<unsigned, const char*>, 24> schemes{{{0x0201, "rsa_pkcs1_sha1"},
                                                                    {0x0202, "dsa_sha1"},
                                                                    {0x0203, "ecdsa_sha1"},
                                                                    {0x0301, "rsa_pkcs1_sha224"},
                                                                    {0x0302, "dsa_sha224"},
                                                                    {0x0303, "ecdsa_sha224"},
                                                                    {0x0401, "rsa_pkcs1_sha256"},
                                                                    {0x0402, "dsa_sha256"},
                                                                    {0x0403, "ecdsa_secp256r1_sha256"},
                                                                    {0x0501, "rsa_pkcs1_sha384"},
                                                                    {0x0502, "dsa_sha384"},
                                                                    {0x0503, "ecdsa_secp384r1_sha384"},
                                                                    {0x0601, "rsa_pkcs1_sha512"},
                                                                    {0x0602, "dsa_sha512"},
                                                                    {0x0603, "ecdsa_secp521r1_sha512"},
                                                                    {0x0804, "rsa_pss_rsae_sha256"},
                                                                    {0x0805, "rsa_pss_rsae_sha384"},
                                                                    {0x0806, "rsa_pss_rsae_sha512"},
                                                                    {0x0807, "ed25519"},
                                                                    {0x0808, "ed448"},
                                                                    {0x0809, "rsa_pss_pss_sha256"},
                                                                    {0x080a, "rsa_pss_pss_sha384"},
                                                                    {0x080b, "rsa_pss_pss_sha512"},
                                                                    {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"}}};

constexpr std::array<std::pair<unsigned, const char*>, 5> key_types{
    {{1, "rsa_sign"}, {2, "dss_sign"}, {3, "rsa_fixed_dh"}, {4, "dss_fixed_dh"}, {64, "ecdsa_sign"}}};

template <class Table>
std::string name_of(const Table& table, unsigned number) {
  const auto* const found =
      std::find_if(table.begin(), table.end(), [&](const auto& one) { return one.first == number; });
  return found == table.end() ? fmt::format("{:#06x}", number) : found->second;
}

}  // namespace

std::vector<std::string> requested_signatures(SSL* ssl) {
  std::vector<std::string> names;
  const int count = std::min(SSL_get_sigalgs(ssl, -1, nullptr, nullptr, nullptr, nullptr, nullptr), most_seen);
  for (int n = 0; n < count; ++n) {
    unsigned char signature = 0, hash = 0;
    SSL_get_sigalgs(ssl, n, nullptr, nullptr, nullptr, &signature, &hash);
    names.push_back(name_of(schemes, static_cast<unsigned>(hash << 8 | signature)));
  }
  return names;
}

std::vector<std::string> requested_key_types(SSL* ssl) {
  std::vector<std::string> names;
  const unsigned char* types = nullptr;
  const auto count = SSL_get0_certificate_types(ssl, &types);
  for (std::size_t n = 0; n < std::min<std::size_t>(count, most_seen); ++n)
    names.push_back(name_of(key_types, types[n]));
  return names;
}

}  // namespace mtls::client
