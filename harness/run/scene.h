// What all stages of a run share: the minted material, addresses, and the witness behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/base/openssl.h"
#include "harness/base/socket.h"
#include "harness/client/client.h"
#include "harness/pki/pki.h"
#include "harness/run/live.h"
#include "harness/run/pki_plan.h"
#include "harness/run/run.h"
#include "harness/upstream/upstream.h"

namespace mtls::run {

// Loopback addresses of one run: infrastructure and clients apart, so that a log line's address names its trial. No
// other run on this machine has the same ones while this lives.
class Addresses {
 public:
  // One of the networks 127.N.0.0/16; which one is tried first, `seed` decides.
  static Result<std::unique_ptr<Addresses>> claim(std::uint64_t seed);
  std::string infrastructure(int number) const;  // 127.N.0.number
  std::string next_client();                     // another one each time
  // A port at `address` that can be bound now.
  Result<Endpoint> next_port(const std::string& address);

 private:
  Addresses(int network, Fd claim) : network_(network), claim_(std::move(claim)) {}

  int network_;
  Fd claim_;  // of the network's name
  std::atomic<int> clients_{0};
  std::mutex mutex_;
  std::map<std::string, int> ports_;
};

// Material by name. Credentials with RSA keys that only clients hold come later, from a thread of their own, because
// their keys take longer than everything else; whoever asks for one waits.
class MaterialStore {
 public:
  // `early`: names of credentials that a gateway or an upstream holds. With something given, nothing comes late.
  static Result<std::unique_ptr<MaterialStore>> mint(const PkiSpec& spec, const std::vector<std::string>& early,
                                                     std::int64_t now, const Given& given = {});
  bool comes_late(const std::string& credential) const { return late_names_.contains(credential); }
  Result<const Credential*> credential(const std::string& name);
  std::vector<CertificateRef> certificates(const std::vector<std::string>& authorities) const;
  std::vector<CrlRef> crls(const std::vector<std::string>& names) const;
  std::string subject_of(const std::string& authority_or_credential);
  std::string sha256_of(const std::string& credential);
  // All that is needed to examine `credential`: itself, its bundle, every authority and every list.
  Result<pki::Material> around(const std::string& credential);

 private:
  MaterialStore() = default;
  Result<const pki::Material*> material_with(const std::string& credential);
  std::map<std::string, Credential, std::less<>> with_chains(const PkiSpec& spec) const;

  pki::KeyPool keys_{true};
  pki::Material first_;
  std::map<std::string, bool, std::less<>> late_names_;
  std::shared_future<Result<pki::Material>> late_;
};

struct Scene {
  const Options& options;
  MaterialStore& material;
  upstream::Upstream& upstream;
  Addresses& addresses;
  std::unique_ptr<client::ServerChains> server_chains = std::make_unique<client::ServerChains>();
};

}  // namespace mtls::run
