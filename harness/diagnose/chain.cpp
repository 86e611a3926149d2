// The path that a presented credential forms by itself, and what is wrong in it.
#include "harness/diagnose/chain.h"

#include <algorithm>
#include <map>
#include <set>

namespace mtls::diagnose {
namespace {

using KeysByName = std::map<std::string, std::set<std::string>>;

// Which keys a chain shows for the names of authorities: its own certificates' and those it says signed them.
void add_keys(KeysByName& keys, const CertificateView& certificate, bool leaf) {
  if (!leaf && !certificate.subject_key_id.empty()) keys[certificate.subject].insert(certificate.subject_key_id);
  if (!certificate.authority_key_id.empty()) keys[certificate.issuer].insert(certificate.authority_key_id);
}

}  // namespace

bool could_have_issued(const CertificateView& issuer, const CertificateView& subject) {
  if (issuer.subject != subject.issuer) return false;
  return issuer.subject_key_id.empty() || subject.authority_key_id.empty() ||
         issuer.subject_key_id == subject.authority_key_id;
}

std::vector<const CertificateView*> path_of(const CertificateView& leaf, const std::vector<CertificateView>& sent) {
  std::vector<const CertificateView*> path{&leaf};
  while (!path.back()->self_signed && path.size() <= sent.size()) {
    const auto next = std::find_if(sent.begin(), sent.end(), [&](const CertificateView& one) {
      return could_have_issued(one, *path.back()) && std::find(path.begin(), path.end(), &one) == path.end();
    });
    if (next == sent.end()) break;
    path.push_back(&*next);
  }
  return path;
}

bool path_length_violated(const std::vector<const CertificateView*>& path) {
  std::int64_t authorities_below = 0;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i]->path_length && authorities_below > *path[i]->path_length) return true;
    if (path[i]->subject != path[i]->issuer) ++authorities_below;
  }
  return false;
}

bool issued_by_no_authority(const std::vector<const CertificateView*>& path) {
  return std::any_of(path.begin() + 1, path.end(), [](const CertificateView* one) { return !one->authority; });
}

bool same_name_other_key(const std::vector<const CertificateView*>& ours, const std::vector<CertificateView>& theirs) {
  KeysByName here, there;
  for (std::size_t i = 0; i < ours.size(); ++i) add_keys(here, *ours[i], i == 0);
  for (std::size_t i = 0; i < theirs.size(); ++i) add_keys(there, theirs[i], i == 0);
  return std::any_of(here.begin(), here.end(), [&](const auto& entry) {
    const auto found = there.find(entry.first);
    if (found == there.end()) return false;
    return std::none_of(entry.second.begin(), entry.second.end(),
                        [&](const std::string& key) { return found->second.count(key) == 1; });
  });
}

}  // namespace mtls::diagnose
