// The extensions of a certificate, built as structures: OpenSSL's text form of them costs more than the signature.
#include "harness/pki/extensions.h"

#include "harness/pki/issue.h"
#include "harness/pki/names.h"

namespace mtls::pki {
namespace {

// Below the enterprise number kept for documentation (RFC 5612), so that no verifier can come to know it.
constexpr const char* unknown_extension = "1.3.6.1.4.1.32473.1";

int bit_of(KeyUsage usage) {
  switch (usage) {
    case KeyUsage::digital_signature: return 0;
    case KeyUsage::non_repudiation: return 1;
    case KeyUsage::key_encipherment: return 2;
    case KeyUsage::key_agreement: return 4;
    case KeyUsage::key_cert_sign: return 5;
    case KeyUsage::crl_sign: return 6;
  }
  return 0;
}

int nid_of(ExtendedKeyUsage usage) {
  switch (usage) {
    case ExtendedKeyUsage::server_auth: return NID_server_auth;
    case ExtendedKeyUsage::client_auth: return NID_client_auth;
    case ExtendedKeyUsage::any: return NID_anyExtendedKeyUsage;
    case ExtendedKeyUsage::ocsp_signing: return NID_OCSP_sign;
  }
  return NID_undef;
}

Result<void> add(X509* certificate, int nid, void* value, bool critical) {
  if (value == nullptr || X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_APPEND) != 1)
    return openssl_error(std::string("the extension ") + OBJ_nid2sn(nid) + " cannot be added");
  return {};
}

Result<void> add_basic_constraints(X509* certificate, const CertificateSpec& spec) {
  if (!spec.basic_constraints) return {};
  const BasicConstraintsPtr constraints(BASIC_CONSTRAINTS_new());
  if (!constraints) return openssl_error("basic constraints cannot be made");
  constraints->ca = spec.authority ? 0xff : 0;
  if (spec.path_length) {
    constraints->pathlen = ASN1_INTEGER_new();
    if (constraints->pathlen == nullptr || ASN1_INTEGER_set_int64(constraints->pathlen, *spec.path_length) != 1)
      return openssl_error("the path length cannot be stored");
  }
  return add(certificate, NID_basic_constraints, constraints.get(), spec.authority);
}

Result<void> add_usages(X509* certificate, const CertificateSpec& spec) {
  if (spec.key_usage) {
    const BitStringPtr bits(ASN1_BIT_STRING_new());
    for (const KeyUsage usage : *spec.key_usage)
      if (!bits || ASN1_BIT_STRING_set_bit(bits.get(), bit_of(usage), 1) != 1)
        return openssl_error("the key usage cannot be stored");
    if (const auto added = add(certificate, NID_key_usage, bits.get(), true); !added) return added;
  }
  if (!spec.extended_key_usage) return {};
  const ExtendedKeyUsagePtr purposes(EXTENDED_KEY_USAGE_new());
  for (const ExtendedKeyUsage usage : *spec.extended_key_usage)
    if (!purposes || sk_ASN1_OBJECT_push(purposes.get(), OBJ_nid2obj(nid_of(usage))) <= 0)
      return openssl_error("the extended key usage cannot be stored");
  return add(certificate, NID_ext_key_usage, purposes.get(), false);
}

Result<void> add_names(X509* certificate, const CertificateSpec& spec) {
  if (!spec.sans.empty()) {
    const auto names = alternative_names(spec.sans);
    if (!names) return names.error();
    // RFC 5280, 4.2.1.6: critical where it is the only name.
    const auto added = add(certificate, NID_subject_alt_name, names->get(), spec.subject.empty());
    if (!added) return added;
  }
  if (spec.name_constraints == NameConstraints{}) return {};
  const auto constraints = constraints_on_names(spec.name_constraints);
  if (!constraints) return constraints.error();
  return add(certificate, NID_name_constraints, constraints->get(), true);
}

Result<void> add_unknown(X509* certificate) {
  const ObjectPtr oid(OBJ_txt2obj(unknown_extension, 1));
  const OctetStringPtr null(ASN1_OCTET_STRING_new());
  constexpr unsigned char der_null[] = {0x05, 0x00};
  if (!oid || !null || ASN1_OCTET_STRING_set(null.get(), der_null, sizeof der_null) != 1)
    return openssl_error("the unknown extension cannot be made");
  const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 1, null.get()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    return openssl_error("the unknown extension cannot be added");
  return {};
}

Result<void> add_key_identifiers(X509* certificate, const X509* issuer) {
  const auto own = key_identifier(certificate);
  if (!own) return own.error();
  if (const auto added = add(certificate, NID_subject_key_identifier, own->get(), false); !added) return added;
  const auto authority = authority_key_identifier(issuer != nullptr ? issuer : certificate);
  if (!authority) return authority.error();
  return add(certificate, NID_authority_key_identifier, authority->get(), false);
}

}  // namespace

Result<AuthorityKeyIdPtr> authority_key_identifier(const X509* issuer) {
  // A user's test CA may have an identifier made in another way, and it is that one which has to match.
  OctetStringPtr identifier(
      static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(issuer, NID_subject_key_identifier, nullptr, nullptr)));
  if (!identifier) {
    auto computed = key_identifier(issuer);
    if (!computed) return computed.error();
    identifier = std::move(*computed);
  }
  AuthorityKeyIdPtr authority(AUTHORITY_KEYID_new());
  if (!authority) return openssl_error("the authority key identifier cannot be made");
  authority->keyid = identifier.release();
  return authority;
}

Result<void> add_extensions(X509* certificate, const CertificateSpec& spec, const X509* issuer) {
  if (const auto added = add_basic_constraints(certificate, spec); !added) return added;
  if (const auto added = add_usages(certificate, spec); !added) return added;
  if (const auto added = add_names(certificate, spec); !added) return added;
  if (const auto added = add_key_identifiers(certificate, issuer); !added) return added;
  return spec.unknown_critical_extension ? add_unknown(certificate) : Result<void>{};
}

}  // namespace mtls::pki
