// What belongs to one running gateway and no plan knows: where its installation is, its ports, its secret.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "harness/base/result.h"
#include "harness/base/socket.h"
#include "harness/gateway/mustache.h"
#include "harness/model/gateway.h"

namespace mtls::gateway {

struct OwnValues {
  std::string home;
  std::string address;
  std::map<std::string, std::uint16_t> ports;  // by the kind's name for them
  std::string secret;
  int revision = 0;  // how often the configuration was rendered
};

// Written into the gateway's folder, so that every rendering of one gateway has the same, but for the revision.
// A kind that needs none of it leaves no file. `address`: where ports are picked.
Result<OwnValues> next_own_values(const GatewayKind& kind, const std::filesystem::path& folder,
                                  const std::string& address, const std::filesystem::path& home);
// Those of the latest rendering.
Result<OwnValues> own_values(const std::filesystem::path& folder);

void add_own_values(const OwnValues& own, Values& values);

}  // namespace mtls::gateway
