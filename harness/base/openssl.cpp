// Owners of OpenSSL's objects, PEM and DER, and the words for errors, alerts and handshake messages.
#include "harness/base/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>

#include "harness/base/text.h"

namespace mtls {

CertificateRef own(X509* certificate) {
  return {certificate, &X509_free};
}
KeyRef own(EVP_PKEY* key) {
  return {key, &EVP_PKEY_free};
}
CrlRef own(X509_CRL* crl) {
  return {crl, &X509_CRL_free};
}
SessionRef own(SSL_SESSION* session) {
  return {session, &SSL_SESSION_free};
}

void SslDeleter::operator()(SSL* ssl) const {
  SSL_free(ssl);
}
void SslCtxDeleter::operator()(SSL_CTX* ctx) const {
  SSL_CTX_free(ctx);
}
void BioDeleter::operator()(BIO* bio) const {
  BIO_free_all(bio);
}
void StoreDeleter::operator()(X509_STORE* store) const {
  X509_STORE_free(store);
}

std::string take_openssl_errors() {
  std::vector<std::string> all;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    char words[256];
    ERR_error_string_n(code, words, sizeof words);
    all.emplace_back(words);
    if (data != nullptr && (flags & ERR_TXT_STRING) != 0 && *data != '\0') all.back() += std::string(": ") + data;
  }
  return sanitise_line(join(all, "; "));
}

namespace {

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

template <class Write>
std::string written(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  return bio && write(bio.get()) == 1 ? text_in(bio.get()) : std::string();
}

}  // namespace

std::string to_pem(X509* certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string to_pem(X509_CRL* crl) {
  return written([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, crl); });
}

std::string to_pem(EVP_PKEY* key) {
  return written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::vector<unsigned char> to_der(X509* certificate) {
  unsigned char* data = nullptr;
  const int size = i2d_X509(certificate, &data);
  if (size <= 0) return {};
  std::vector<unsigned char> der(data, data + size);
  OPENSSL_free(data);
  return der;
}

Result<std::vector<CertificateRef>> certificates_from_pem(std::string_view pem, const std::string& where) {
  // OpenSSL's own callback would ask at the terminal for the passphrase of a block that claims to be encrypted.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  ERR_clear_error();
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<CertificateRef> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    certificates.push_back(own(certificate));
  }
  const unsigned long last = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  const std::string errors = take_openssl_errors();
  if (!at_end) {
    const std::string number = std::to_string(certificates.size() + 1);
    return Error{"read", "certificate " + number + " of the file cannot be read: " + errors, where};
  }
  if (certificates.empty()) return Error{"read", "no certificate in PEM is in it", where};
  return certificates;
}

std::string_view alert_name(int number) {
  switch (number) {
    case 0: return "close_notify";
    case 10: return "unexpected_message";
    case 20: return "bad_record_mac";
    case 21: return "decryption_failed";
    case 22: return "record_overflow";
    case 30: return "decompression_failure";
    case 40: return "handshake_failure";
    case 41: return "no_certificate";
    case 42: return "bad_certificate";
    case 43: return "unsupported_certificate";
    case 44: return "certificate_revoked";
    case 45: return "certificate_expired";
    case 46: return "certificate_unknown";
    case 47: return "illegal_parameter";
    case 48: return "unknown_ca";
    case 49: return "access_denied";
    case 50: return "decode_error";
    case 51: return "decrypt_error";
    case 60: return "export_restriction";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 90: return "user_canceled";
    case 100: return "no_renegotiation";
    case 109: return "missing_extension";
    case 110: return "unsupported_extension";
    case 111: return "certificate_unobtainable";
    case 112: return "unrecognized_name";
    case 113: return "bad_certificate_status_response";
    case 114: return "bad_certificate_hash_value";
    case 115: return "unknown_psk_identity";
    case 116: return "certificate_required";
    case 120: return "no_application_protocol";
    case 121: return "ech_required";
  }
  return "unknown";
}

int protocol_number(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls12: return TLS1_2_VERSION;
    case TlsVersion::tls13: return TLS1_3_VERSION;
  }
  return 0;
}

std::string handshake_message_name(int type) {
  switch (type) {
    case 0: return "HelloRequest";
    case 1: return "ClientHello";
    case 2: return "ServerHello";
    case 4: return "NewSessionTicket";
    case 5: return "EndOfEarlyData";
    case 8: return "EncryptedExtensions";
    case 11: return "Certificate";
    case 12: return "ServerKeyExchange";
    case 13: return "CertificateRequest";
    case 14: return "ServerHelloDone";
    case 15: return "CertificateVerify";
    case 16: return "ClientKeyExchange";
    case 20: return "Finished";
    case 21: return "CertificateURL";
    case 22: return "CertificateStatus";
    case 23: return "SupplementalData";
    case 24: return "KeyUpdate";
    case 25: return "CompressedCertificate";
    case 67: return "NextProtocol";
    case 254: return "MessageHash";
  }
  return "unknown(" + std::to_string(type) + ")";
}

}  // namespace mtls
