// Which names a document may refer to: those of its own PKI, and those of the standard one.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "harness/catalog/place.h"
#include "harness/model/pki.h"

namespace mtls::catalog {

enum class Part { authority, credential, crl };

// The names of one PKI, by part. It refers to the strings of what it was made of.
struct NameSet {
  std::unordered_set<std::string_view> authorities;
  std::unordered_set<std::string_view> credentials;
  std::unordered_set<std::string_view> crls;

  const std::unordered_set<std::string_view>& of(Part part) const;
};

NameSet names_of(const PkiSpec& pki);
// Of the object with "authorities", "credentials" and "crls" at `pki`; what is malformed there is passed over.
NameSet names_of(const Node* pki);

class Names {
 public:
  Names(const NameSet& standard, NameSet own) : standard_(&standard), own_(std::move(own)) {}

  bool has(Part part, std::string_view name) const;
  // A mistake at `place` where there is no such name. A revocation list may name authorities and credentials alike.
  void expect(const Place& place, Part part, std::string_view name) const;
  void expect_certificate(const Place& place, std::string_view name) const;

  // The key's value as a name that exists, or a list of such names.
  void refer(Object& object, std::string_view key, Part part, std::string& target) const;
  // The same; the empty string stands for none.
  void refer_or_none(Object& object, std::string_view key, Part part, std::string& target) const;
  void refer(Object& object, std::string_view key, Part part, std::vector<std::string>& target) const;

 private:
  void complain(const Place& place, std::string_view what, std::string_view name, std::initializer_list<Part> in) const;
  const NameSet* standard_;
  NameSet own_;
};

}  // namespace mtls::catalog
