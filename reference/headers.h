// What an upstream is told: the request's header fields without those of the hop, and who the client is.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/http.h"
#include "reference/routing.h"

namespace mtls::reference {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// RFC 9110, 7.6.1: fields of one hop only, and those that Connection names. `with` may name more.
HeaderList without_hop_fields(const HeaderList& headers, const std::vector<std::string_view>& with = {});

// The verified client's name, empty where there is none.
std::string identity_of(const Welcome& welcome, const Flaws& flaws);

HeaderList headers_for_upstream(const HttpMessage& request, const Route& route, const Welcome& welcome,
                                const Flaws& flaws);

}  // namespace mtls::reference
