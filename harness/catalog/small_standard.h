// For tests: a small standard PKI with sites and upstreams, read from real files, and a folder to write documents into.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/catalog/catalog.h"

namespace mtls::catalog {

inline constexpr std::string_view small_pki = R"({
  "authorities": {
    "root": {"subject": "CN=root"},
    "intermediate": {"subject": "CN=intermediate", "issuer": "root", "path_length": 0},
    "other-root": {"like": "root", "distinct": "other"}
  },
  "credentials": {
    "server": {"subject": "CN=gateway.test", "sans": ["dns:gateway.test"], "extended_key_usage": ["serverAuth"]},
    "client": {"subject": "CN=client"},
    "client-expired": {"like": "client", "not_before": "-90d", "not_after": "-1h", "fault": "client-cert-expired",
                       "expect_verify": 10},
    "gateway": {"like": "client", "subject": "CN=gateway"},
    "upstream": {"like": "server", "subject": "CN=upstream.test", "sans": ["dns:upstream.test"]}
  },
  "crls": {"root-crl": {"authority": "root"}, "intermediate-crl": {"authority": "intermediate"}}
})";

inline constexpr std::string_view small_sites = R"({
  "sites": {
    "mutual": {"names": ["gateway.test"], "trust": ["root"], "upstream": "plain"},
    "upstream-mutual": {"like": "mutual", "upstream": "mutual",
      "leg": {"tls": true, "credential": "gateway", "verify": true, "trust": ["root"], "name": "upstream.test"}},
    "plain": {"like": "mutual", "tls": false, "client_auth": "off", "control": {"present": ""}}
  },
  "upstreams": {
    "plain": {"names": ["upstream.test"]},
    "mutual": {"like": "plain", "tls": true, "credential": "upstream", "client_auth": "required", "trust": ["root"]}
  }
})";

// A folder of documents that is gone with the object.
class Folder {
 public:
  Folder() : folder_(TempDir::make()) { EXPECT_TRUE(folder_); }
  std::filesystem::path path() const { return folder_->path(); }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    const auto file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    EXPECT_TRUE(write_file(file, text));
    return file;
  }

 private:
  Result<TempDir> folder_;
};

inline Standard read_small_standard() {
  const Folder fixtures;
  fixtures.write("pki/standard.json", small_pki);
  fixtures.write("sites/standard.json", small_sites);
  auto standard = read_standard(fixtures.path());
  EXPECT_TRUE(standard) << to_string(standard.error());
  return standard ? *standard : Standard{};
}

// The same, read once.
inline const Standard& standard() {
  static const Standard value = read_small_standard();
  return value;
}

}  // namespace mtls::catalog
