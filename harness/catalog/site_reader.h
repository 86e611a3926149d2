// Reads sites and upstreams.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/catalog/names.h"
#include "harness/catalog/place.h"
#include "harness/model/site.h"

namespace mtls::catalog {

using NamedUpstreams = std::vector<std::pair<std::string, UpstreamSpec>>;

// The upstreams of the object at `place`; they may be like each other.
NamedUpstreams read_upstreams(const Place& place, const Names& names);

// The sites of the object at `place`, in its order; they may be like each other or like one of `standard`.
std::vector<SiteSpec> read_sites(const Place& place, const Names& names, const std::vector<SiteSpec>& standard,
                                 const NamedUpstreams& upstreams);

// "min" and "max", each given key replacing what `versions` holds.
void read(const Place& place, TlsRange& versions);

}  // namespace mtls::catalog
