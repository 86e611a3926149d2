// A loaded site: its configuration with the material that it names, and the listener that it stands on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reference/configuration.h"
#include "reference/flaws.h"
#include "reference/material.h"

namespace mtls::reference {

struct Site {
  SiteConfiguration told;
  std::shared_ptr<const Credential> credential;      // none on a plain listener
  std::shared_ptr<const Trust> trust;                // none: no client can be verified
  std::shared_ptr<const Credential> leg_credential;  // none: presents none
  std::shared_ptr<const Trust> leg_trust;
  // Sessions of one context are good in it only: it covers the site and everything that its clients were verified by.
  std::string session_context;
};

struct Listener {
  ListenerConfiguration told;  // its `sites` have moved to `sites` below
  std::vector<std::unique_ptr<Site>> sites;
  std::map<std::string, const Site*, std::less<>> by_name;  // lower case
  std::shared_ptr<const Trust> everybody;                   // of Flaw::one_trust_for_all: every site's authorities

  const Site& default_site() const { return *sites.front(); }
  // Null where no site has the name.
  const Site* named(std::string_view name, const Flaws& flaws) const;
};

// Error: a file that cannot be read, a key that does not belong to its certificate, a name that two sites have.
Result<std::vector<Listener>> load(Configuration configuration, const Flaws& flaws);

}  // namespace mtls::reference
