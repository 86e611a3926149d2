// Lines of the nginx upstream's log become requests and handshakes of the trial whose nonce they carry.
#include "harness/run/nginx_upstream.h"

#include <openssl/x509_vfy.h>

#include <gtest/gtest.h>

namespace mtls::run {
namespace {

const std::string admitted =
    "time=1.0\tremote_addr=127.0.0.1\tlistener=127.1.0.3:20000\tstatus=200\tmethod=GET\turi=/"
    "\thost=upstream.test\tnonce=abc"
    "\ttls=TLSv1.3\tsni=upstream.test\tverify=SUCCESS\tclient_dn=CN=gateway\tclient_serial=01\tidentity=CN=client";

TEST(NginxUpstream, ARequestIsNotedWithWhoCame) {
  UpstreamView view;
  note_nginx_upstream(admitted, {{"abc", &view}});
  ASSERT_EQ(view.requests.size(), 1u);
  EXPECT_TRUE(view.reached);
  EXPECT_EQ(view.requests[0].client_subject, "CN=gateway");
  EXPECT_EQ(view.requests[0].headers.at(0).second, "CN=client");
  ASSERT_EQ(view.handshakes.size(), 1u);
  EXPECT_EQ(view.handshakes[0].version, "1.3");
  EXPECT_EQ(view.handshakes[0].sni, "upstream.test");
}

TEST(NginxUpstream, ARefusedRequestDidNotReachAnything) {
  std::string refused = admitted;
  refused.replace(refused.find("status=200"), 10, "status=400");
  refused.replace(refused.find("verify=SUCCESS"), 14, "verify=FAILED:certificate has expired");
  UpstreamView view;
  note_nginx_upstream(refused, {{"abc", &view}});
  EXPECT_FALSE(view.reached);
  EXPECT_EQ(view.requests.at(0).answered, 400);
  EXPECT_EQ(view.handshakes.at(0).client_verify.value().code, X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(NginxUpstream, AnothersLineAndGarbageAreLeftAlone) {
  UpstreamView view;
  for (const std::string& line : {admitted, std::string("nonce="), std::string("\t\t=\t"), std::string()})
    note_nginx_upstream(line, {{"other", &view}, {"", &view}});
  EXPECT_TRUE(view.requests.empty());
}

}  // namespace
}  // namespace mtls::run
