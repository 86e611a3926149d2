// Builds the question, fetches the answer over plain HTTP, and checks it.
#include "reference/ocsp.h"

#include <openssl/ocsp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "harness/base/http.h"
#include "harness/base/text.h"
#include "reference/stream.h"

namespace mtls::reference {
namespace {

constexpr std::chrono::milliseconds patience{400};
constexpr long clock_skew = 300;  // seconds
constexpr std::size_t longest_response = 64 * 1024;
constexpr const char* answered_wrongly = "ocsp answer";

template <auto release>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using RequestPtr = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>>;
using CertIdPtr = std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID_free>>;
struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

CertIdPtr id_of(const std::vector<CertificateRef>& path) {
  return CertIdPtr(OCSP_cert_to_id(nullptr, path[0].get(), path[1].get()));
}

std::string encoded(OCSP_REQUEST* request) {
  unsigned char* der = nullptr;
  const int length = i2d_OCSP_REQUEST(request, &der);
  if (length <= 0) return "";
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return bytes;
}

Result<std::string> fetch(const Endpoint& responder, const std::string& question) {
  const Deadline deadline(patience);
  Result<Fd> fd = connect_tcp(responder, "", deadline);
  if (!fd) return fd.error();
  Stream stream(std::move(*fd));
  const std::string head = format_request(
      "POST", "/", to_string(responder),
      {{"Content-Type", "application/ocsp-request"}, {"Content-Length", std::to_string(question.size())}});
  if (const auto sent = stream.write(head + question, deadline); !sent) return sent.error();
  HttpParser::Limits limits;
  limits.body_kept = limits.body_bytes = longest_response;
  HttpParser parser(HttpParser::Kind::response, limits);
  if (const auto got = receive(stream, parser, deadline); !got) return got.error();
  if (parser.message().status != 200) {
    return Error{answered_wrongly, fmt::format("the responder answered HTTP {}", parser.message().status), ""};
  }
  return parser.message().body;
}

OcspVerdict refused(OcspStatus status, std::string words) {
  take_openssl_errors();
  return {status, std::move(words)};
}

OcspVerdict status_of(OCSP_BASICRESP* answer, const std::vector<CertificateRef>& path) {
  int status = -1;
  int reason = 0;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* begin = nullptr;
  ASN1_GENERALIZEDTIME* end = nullptr;
  const CertIdPtr id = id_of(path);
  if (OCSP_resp_find_status(answer, id.get(), &status, &reason, &revoked, &begin, &end) != 1)
    return refused(OcspStatus::error, "the answer is not about this certificate");
  if (OCSP_check_validity(begin, end, clock_skew, -1) != 1)
    return refused(OcspStatus::error, "the answer is not of this time");
  switch (status) {
    case V_OCSP_CERTSTATUS_GOOD: return {OcspStatus::good, "good"};
    case V_OCSP_CERTSTATUS_REVOKED: return {OcspStatus::revoked, "revoked"};
  }
  return {OcspStatus::unknown, "unknown"};
}

OcspVerdict judge(const std::string& bytes, OCSP_REQUEST* question, const std::vector<CertificateRef>& path,
                  const Trust& trust) {
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &from, static_cast<long>(bytes.size())));
  if (!response) return refused(OcspStatus::error, "the answer is no OCSP response");
  if (const int status = OCSP_response_status(response.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return refused(OcspStatus::error, fmt::format("the responder says {}", OCSP_response_status_str(status)));
  const BasicPtr answer(OCSP_response_get1_basic(response.get()));
  if (!answer || OCSP_check_nonce(question, answer.get()) != 1)
    return refused(OcspStatus::error, "the answer is not to this question");
  const std::unique_ptr<STACK_OF(X509), StackDeleter> known(sk_X509_new_null());
  for (std::size_t i = 1; i < path.size(); ++i) sk_X509_push(known.get(), path[i].get());
  if (OCSP_basic_verify(answer.get(), known.get(), trust.store.get(), 0) != 1)
    return refused(OcspStatus::error, "the answer's signature does not verify");
  return status_of(answer.get(), path);
}

}  // namespace

OcspVerdict ask_responder(const Endpoint& responder, const std::vector<CertificateRef>& path, const Trust& trust) {
  if (path.size() < 2) return refused(OcspStatus::error, "the certificate has no issuer to ask about");
  const RequestPtr question(OCSP_REQUEST_new());
  CertIdPtr id = id_of(path);
  if (!question || !id || OCSP_request_add0_id(question.get(), id.get()) == nullptr)
    return refused(OcspStatus::error, "the question cannot be made");
  static_cast<void>(id.release());  // the question's now
  OCSP_request_add1_nonce(question.get(), nullptr, -1);
  const Result<std::string> answer = fetch(responder, encoded(question.get()));
  if (!answer && answer.error().stage == answered_wrongly) return refused(OcspStatus::error, answer.error().what);
  if (!answer) return refused(OcspStatus::unreachable, "the responder cannot be asked: " + to_string(answer.error()));
  return judge(*answer, question.get(), path, trust);
}

bool lets_in(OcspStatus status, const Flaws& flaws) {
  switch (status) {
    case OcspStatus::good: return true;
    case OcspStatus::revoked: return false;
    case OcspStatus::unknown: return flaws.has(Flaw::ocsp_unknown);
    case OcspStatus::unreachable: return flaws.has(Flaw::ocsp_unreachable);
    case OcspStatus::error: return flaws.has(Flaw::ocsp_error);
  }
  return false;
}

}  // namespace mtls::reference
