// The path that a presented credential forms by itself, and what is wrong in it.
#pragma once

#include <string>
#include <vector>

#include "harness/model/certificate.h"

namespace mtls::diagnose {

// From the leaf upwards through what was sent, each the issuer of the one before, whatever order it was sent in.
std::vector<const CertificateView*> path_of(const CertificateView& leaf, const std::vector<CertificateView>& sent);

// By name, and by key identifiers where both certificates have them.
bool could_have_issued(const CertificateView& issuer, const CertificateView& subject);

// A path length constraint of RFC 5280, 4.2.1.9 is exceeded.
bool path_length_violated(const std::vector<const CertificateView*>& path);

// Something that is no authority stands above the leaf.
bool issued_by_no_authority(const std::vector<const CertificateView*>& path);

// A name of an authority stands in both chains, but with different keys: one of them is an impostor, or the authority
// was made anew under its old name.
bool same_name_other_key(const std::vector<const CertificateView*>& ours, const std::vector<CertificateView>& theirs);

}  // namespace mtls::diagnose
