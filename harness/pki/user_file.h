// A user's file of certificates, keys or lists: its bytes without what editors add, and what it seems to hold.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace mtls::pki {

struct UserFile {
  std::string path;  // as given, sanitised
  std::string bytes;
  bool pem = false;
};

// Error: missing, a directory, not readable, empty, or text in UTF-16.
Result<UserFile> read_user_file(const std::filesystem::path& path);

// The labels of the PEM blocks in it (RFC 7468): "CERTIFICATE", "PRIVATE KEY", ...
std::vector<std::string> labels_of(const UserFile& file);
// One label among them contains the word.
bool has_label(const UserFile& file, std::string_view word);
// What it holds, in words, for messages: "PEM with 1 PRIVATE KEY", "a PKCS#12 bundle", "no PEM and no DER".
std::string contents_of(const UserFile& file);
// Why PEM that stands in it is not read as such, and what to do; empty: its lines are in order.
std::string trouble_of_lines(const UserFile& file);

}  // namespace mtls::pki
