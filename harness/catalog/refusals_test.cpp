// Bad scenarios: each is refused with its place and what was expected.
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/text.h"
#include "harness/catalog/scenario_reader.h"
#include "harness/catalog/small_standard.h"

namespace mtls::catalog {
namespace {

using ::testing::HasSubstr;

struct Bad {
  std::string name;
  std::string text;   // lines are separated by '|'
  std::string where;  // "/pointer (line N)"
  std::vector<std::string> words;
};

// googletest prints this instead of the bytes.
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.text;
}

class BadScenario : public ::testing::TestWithParam<Bad> {};

TEST_P(BadScenario, IsRefusedWithPlaceAndExpectation) {
  const std::string text = join(split(GetParam().text, '|'), "\n");
  const auto read = read_scenario_text(text, {"t/n", "n.json"}, standard());
  ASSERT_FALSE(read) << "was read";
  EXPECT_EQ(read.error().stage, "catalog");
  EXPECT_EQ(read.error().where, "n.json: " + GetParam().where);
  for (const std::string& word : GetParam().words) EXPECT_THAT(read.error().what, HasSubstr(word));
}

const std::string head = R"({"title": "t", "references": ["r"],|)";
const std::string steps = R"("steps": [{"request": {}, "claims": ["refused"]}]})";

// A document that is good but for `part`, which stands on line 2.
Bad top(const std::string& name, const std::string& part, const std::string& where, std::vector<std::string> words) {
  return {name, head + part + ",|" + steps, where, std::move(words)};
}
Bad pki(const std::string& name, const std::string& part, const std::string& where, std::vector<std::string> words) {
  return top(name, R"("pki": {)" + part + "}", "/pki/" + where, std::move(words));
}
Bad site(const std::string& name, const std::string& part, const std::string& where, std::vector<std::string> words) {
  return top(name, R"("sites": {"main": {"like": "mutual", )" + part + "}}", "/sites/main" + where, std::move(words));
}
Bad step(const std::string& name, const std::string& part, const std::string& where, std::vector<std::string> words) {
  return {name, head + R"("steps": [{)" + part + "}]}", "/steps/0" + where, std::move(words)};
}
Bad request(const std::string& name, const std::string& part, const std::string& where,
            std::vector<std::string> words) {
  return step(name, R"("request": {)" + part + R"(}, "claims": ["refused"])", "/request" + where, std::move(words));
}
Bad claim(const std::string& name, const std::string& part, const std::string& where, std::vector<std::string> words) {
  return step(name, R"("request": {}, "claims": [)" + part + "]", "/claims/0" + where, std::move(words));
}
std::string title(const ::testing::TestParamInfo<Bad>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Head, BadScenario,
    ::testing::Values(
        Bad{"not_an_object", "[]", "/ (line 1)", {"found a list", "expected an object"}},
        Bad{"no_title", R"({"references": ["r"],|)" + steps, "/ (line 1)", {"\"title\" is missing"}},
        Bad{"empty_title", R"({"references": ["r"],|"title": "",|)" + steps, "/title (line 2)", {"not empty"}},
        Bad{"no_references", R"({"title": "t",|)" + steps, "/ (line 1)", {"\"references\" is missing"}},
        Bad{"empty_references",
            R"({"title": "t",|"references": [],|)" + steps,
            "/references (line 2)",
            {"at least one"}},
        Bad{"no_steps", R"({"title": "t", "references": ["r"]})", "/ (line 1)", {"\"steps\" is missing"}},
        Bad{"empty_steps", head + R"("steps": []})", "/steps (line 2)", {"at least one"}},
        Bad{"duplicate_key", head + R"("level": "must",|"level": "may",|)" + steps, "/level (line 3)", {"twice"}},
        top("unknown_key", R"("levl": "must")", "/levl (line 2)", {"unknown key \"levl\"", "did you mean \"level\""}),
        top("unknown_level", R"("level": "shuold")", "/level (line 2)",
            {"\"shuold\"", "\"must\", \"should\", \"may\"", "did you mean \"should\""}),
        top("unknown_sort", R"("sort": "conformence")", "/sort (line 2)", {"did you mean \"conformance\""}),
        top("level_of_wrong_type", R"("level": 1)", "/level (line 2)", {"found the number 1", "\"must\""}),
        top("capability", R"("requires": ["crls"])", "/requires/0 (line 2)", {"\"crls\"", "did you mean \"crl\""}),
        top("family", R"("controls": ["3"])", "/controls/0 (line 2)", {"\"3\"", "F3"}),
        top("tls_version", R"("tls": ["1.1"])", "/tls/0 (line 2)", {"\"1.1\"", "\"1.2\", \"1.3\""}),
        top("tls_number", R"("tls": [1.3])", "/tls/0 (line 2)", {"the number 1.3", "\"1.3\""}),
        top("tls_twice", R"("tls": ["1.2", "1.2"])", "/tls/1 (line 2)", {"twice"}),
        top("refuses_to_start", R"("gateway_refuses_to_start": true)", "/gateway_refuses_to_start (line 2)",
            {"detection"})),
    title);

INSTANTIATE_TEST_SUITE_P(
    Variants, BadScenario,
    ::testing::Values(
        top("placeholder_unknown", R"("variants": {"key": ["p256"]}, "controls": ["${kex}", "${key}"])",
            "/controls/0 (line 2)", {"\"${kex}\" stands for nothing", "\"key\""}),
        top("placeholder_without_variants", R"("controls": ["${key}"])", "/controls/0 (line 2)", {"variants"}),
        top("placeholder_open", R"("variants": {"key": ["p256"]}, "controls": ["${key"])", "/controls/0 (line 2)",
            {"without its"}),
        top("variant_unused", R"("variants": {|"key": ["p256"]})", "/variants/key (line 3)", {"no string", "${key}"}),
        top("variant_empty", R"("variants": {"key": []})", "/variants/key (line 2)", {"at least one"}),
        top("variant_twice", R"("variants": {"key": ["a", "a"]})", "/variants/key/1 (line 2)", {"twice"}),
        top("variant_number", R"("variants": {"key": [1]})", "/variants/key/0 (line 2)", {"expected a string"}),
        top("variant_tls", R"("variants": {"tls": ["1.2"]})", "/variants/tls (line 2)", {"the scenario's own key"}),
        top("second_variant",
            R"("variants": {"k": ["p256", "p257"]}, "pki": {"credentials": {"c": {"subject": "CN=c", "key": "${k}"}}})",
            "/pki/credentials/c/key (line 2)", {"\"p257\"", "did you mean \"p256\"", "(variant k=p257)"})),
    title);

INSTANTIATE_TEST_SUITE_P(
    Pki, BadScenario,
    ::testing::Values(
        pki("section", R"("authority": {})", "authority (line 2)", {"did you mean \"authorities\""}),
        pki("section_of_wrong_type", R"("crls": [])", "crls (line 2)", {"found a list", "object of named entries"}),
        pki("name", R"("authorities": {"Root": {"subject": "CN=r"}})", "authorities/Root (line 2)", {"lower-case"}),
        pki("no_subject", R"("credentials": {"c": {}})", "credentials/c (line 2)", {"subject"}),
        pki("key", R"("credentials": {"c": {"like": "client", "key": "rsa204"}})", "credentials/c/key (line 2)",
            {"rsa204", "did you mean \"rsa2048\""}),
        pki("usage", R"("credentials": {"c": {"like": "client", "key_usage": ["digitalSignatur"]}})",
            "credentials/c/key_usage/0 (line 2)", {"did you mean \"digitalSignature\""}),
        pki("usage_type", R"("credentials": {"c": {"like": "client", "key_usage": "digitalSignature"}})",
            "credentials/c/key_usage (line 2)", {"a list of usages, or null"}),
        pki("time", R"("credentials": {"c": {"like": "client",|"not_after": "1 hour"}})",
            "credentials/c/not_after (line 3)", {"\"1 hour\"", "\"90d\""}),
        pki("time_number", R"("credentials": {"c": {"like": "client", "not_after": 3600}})",
            "credentials/c/not_after (line 2)", {"the number 3600", "\"-1h\""}),
        pki("time_huge", R"("credentials": {"c": {"like": "client", "not_after": "99999999999d"}})",
            "credentials/c/not_after (line 2)", {"100 years"}),
        pki("san", R"("credentials": {"c": {"like": "client", "sans": ["a.test"]}})", "credentials/c/sans/0 (line 2)",
            {"\"a.test\"", "dns:"}),
        pki("version", R"("credentials": {"c": {"like": "client", "version": 2}})", "credentials/c/version (line 2)",
            {"1 or 3"}),
        pki("path_length", R"("authorities": {"a": {"like": "root", "path_length": -1}})",
            "authorities/a/path_length (line 2)", {"from 0 to 100"}),
        pki("like_unknown", R"("credentials": {"c": {"like": "clinet"}})", "credentials/c/like (line 2)",
            {"no \"clinet\" to be like"}),
        pki("like_of_other_sort", R"("credentials": {"c": {"like": "root"}})", "credentials/c/like (line 2)",
            {"no \"root\" to be like"}),
        pki("like_circle", R"("credentials": {|"a": {"like": "b"},|"b": {"like": "c"},|"c": {"like": "a"}})",
            "credentials/c/like (line 5)", {"like itself"}),
        pki("issuer", R"("credentials": {"c": {"like": "client", "issuer": "intermediat"}})",
            "credentials/c/issuer (line 2)", {"no authority \"intermediat\"", "did you mean \"intermediate\""}),
        pki("issuer_is_a_credential", R"("credentials": {"c": {"like": "client", "issuer": "server"}})",
            "credentials/c/issuer (line 2)", {"no authority \"server\""}),
        pki("issuer_circle",
            R"("authorities": {"a": {"like": "root", "issuer": "b"},|"b": {"like": "root", "issuer": "a"}})",
            "authorities/a (line 2)", {"circle"}),
        pki("issuer_circle_through_the_standard",
            R"("authorities": {"root": {"like": "root", "issuer": "intermediate"}})", "authorities/root (line 2)",
            {"circle"}),
        pki("issuer_itself", R"("authorities": {"a": {"like": "root", "issuer": "a"}})", "authorities/a (line 2)",
            {"circle"}),
        pki("chain", R"("credentials": {"c": {"like": "client", "chain": ["root", "rot"]}})",
            "credentials/c/chain/1 (line 2)", {"no authority \"rot\"", "did you mean \"root\""}),
        pki("key_of", R"("credentials": {"c": {"like": "client", "key_of": "root"}})", "credentials/c/key_of (line 2)",
            {"no credential \"root\""}),
        pki("key_of_itself", R"("credentials": {"c": {"like": "client", "key_of": "c"}})", "credentials/c (line 2)",
            {"itself"}),
        pki("crl_authority", R"("crls": {"l": {"revoked": []}})", "crls/l (line 2)", {"\"authority\" is missing"}),
        pki("crl_revoked", R"("crls": {"l": {"authority": "root", "revoked": ["cleint"]}})",
            "crls/l/revoked/0 (line 2)", {"no credential or authority \"cleint\"", "did you mean \"client\""}),
        pki("crl_signer", R"("crls": {"l": {"authority": "root", "signed_by": "client"}})", "crls/l/signed_by (line 2)",
            {"no authority \"client\""}),
        pki("constraints", R"("authorities": {"a": {"like": "root", "name_constraints": {"permitted": ["a.test"]}}})",
            "authorities/a/name_constraints/permitted/0 (line 2)", {"dns:"})),
    title);

INSTANTIATE_TEST_SUITE_P(
    Sites, BadScenario,
    ::testing::Values(
        top("no_sites", R"("sites": {})", "/sites (line 2)", {"at least one"}),
        top("like", R"("sites": {"main": {"like": "mutal"}})", "/sites/main/like (line 2)",
            {"no \"mutal\" to be like"}),
        top("no_names", R"("sites": {"main": {"upstream": "plain"}})", "/sites/main (line 2)", {"server name"}),
        site("auth", R"("client_auth": "requierd")", "/client_auth (line 2)", {"did you mean \"required\""}),
        site("trust", R"("trust": ["rot"])", "/trust/0 (line 2)", {"did you mean \"root\""}),
        site("crls", R"("crls": ["root-crk"])", "/crls/0 (line 2)",
             {"no revocation list", "did you mean \"root-crl\""}),
        site("credential", R"("credential": "sever")", "/credential (line 2)", {"did you mean \"server\""}),
        site("no_credential", R"("credential": "")", " (line 2)", {"no credential"}),
        site("flag", R"("resumption": "yes")", "/resumption (line 2)", {"the string \"yes\"", "true or false"}),
        site("versions", R"("versions": {"min": "1.3", "max": "1.2"})", "/versions (line 2)", {"\"min\" is above"}),
        site("leg", R"("leg": {"verfy": true})", "/leg/verfy (line 2)", {"did you mean \"verify\""}),
        site("upstream", R"("upstream": "plai")", "/upstream (line 2)", {"did you mean \"plain\""}),
        site("upstream_type", R"("upstream": 1)", "/upstream (line 2)", {"the number 1", "standard upstream"}),
        site("upstream_credential", R"("upstream": {"tls": true})", "/upstream (line 2)", {"no credential"}),
        site("responder", R"("ocsp": {"responder": "up"})", "/ocsp/responder (line 2)", {"\"answering\""}),
        site("control", R"("control": {"present": "cleint"})", "/control/present (line 2)",
             {"did you mean \"client\""}),
        top("shared_listener",
            R"("sites": {"a": {"like": "mutual", "listener": "l"},|"b": {"like": "plain", "listener": "l"}})",
            "/sites/b (line 3)", {"shares the listener"})),
    title);

INSTANTIATE_TEST_SUITE_P(
    Steps, BadScenario,
    ::testing::Values(
        step("nothing_done", R"("claims": ["refused"])", " (line 2)", {"neither"}),
        step("both_done", R"("request": {}, "examine": {"credential": "client"}, "claims": ["refused"])", " (line 2)",
             {"both"}),
        step("no_claims", R"("request": {}, "claims": [])", " (line 2)", {"without a claim"}),
        step("planted_only_if_let_in", R"("request": {}, "claims": ["refused"], "planted_if_let_in": "healthy")",
             "/planted_if_let_in (line 2)", {"without \"planted\""}),
        Bad{"nothing_planted",
            R"({"title": "t", "references": ["r"], "sort": "detection",|)" + steps,
            "/steps (line 2)",
            {"plants nothing"}},
        request("site", R"("site": "mian")", "/site (line 2)", {"no site \"mian\"", "\"main\""}),
        request("present", R"("present": "cleint")", "/present (line 2)", {"did you mean \"client\""}),
        request("header", R"("headers": [["A"]])", "/headers/0 (line 2)", {"a pair"}),
        request("sni", R"("sni": 5)", "/sni (line 2)", {"null to send none"}),
        request("resume_itself", R"("resume_step": 0)", "/resume_step (line 2)", {"earlier step"}),
        request("timeout", R"("timeout": "-5s")", "/timeout (line 2)", {"above zero"}),
        request("key", R"("presents": "client")", "/presents (line 2)", {"did you mean \"present\""}),
        claim("word", R"("admited")", " (line 2)", {"did you mean \"admitted\""}),
        claim("key_of_object", R"({"statsu": [400]})", "/statsu (line 2)", {"did you mean \"status\""}),
        claim("bare_word_that_says_something", R"("alert")", " (line 2)", {"\"alert\"", "expected an object"}),
        claim("two_words", R"({"status": [400], "alert": [45]})", "/alert (line 2)", {"second claim"}),
        claim("no_word", R"({"level": "must"})", " (line 2)", {"without its word"}),
        claim("no_claim_at_all", "5", " (line 2)", {"the number 5", "expected a claim"}),
        claim("level", R"({"refused": {}, "level": "maybe"})", "/level (line 2)", {"\"must\", \"should\", \"may\""}),
        claim("status", R"({"status": [42]})", "/status/0 (line 2)", {"from 100 to 599"}),
        claim("status_of_wrong_type", R"({"status": 400})", "/status (line 2)", {"expected a list"}),
        claim("no_alert", R"({"alert": []})", "/alert (line 2)", {"at least one"}),
        claim("header_of_nothing", R"({"upstream_header": {"name": "X"}})", "/upstream_header (line 2)",
              {"exactly one"}),
        claim("header_of_two", R"({"upstream_header": {"name": "X", "is": "a", "present": true}})",
              "/upstream_header (line 2)", {"exactly one"}),
        claim("pattern", R"({"log_says": "(a"})", "/log_says (line 2)", {"does not compile", "RE2"}),
        claim("authority", R"({"issuers_name": "rot"})", "/issuers_name (line 2)", {"did you mean \"root\""}),
        claim("client", R"({"upstream_saw_client": "gatway"})", "/upstream_saw_client (line 2)",
              {"did you mean \"gateway\""}),
        claim("material", R"({"material_verifies": 0})", " (line 2)", {"\"examine\""}),
        claim("curl", R"({"curl_exit": [35]})", " (line 2)", {"\"curl\": true"}),
        Bad{"examine_with_a_claim_of_requests",
            head + R"("tls": [], "steps": [{"examine": {"credential": "client"}, "claims": ["refused"]}]})",
            "/steps/0/claims/0 (line 2)",
            {"about material"}},
        Bad{"examine_without_credential",
            head + R"("tls": [], "steps": [{"examine": {}, "claims": [{"material_verifies": 0}]}]})",
            "/steps/0/examine (line 2)",
            {"\"credential\" is missing"}},
        Bad{"examine_with_tls",
            head + R"("steps": [{"examine": {"credential": "client"}, "claims": [{"material_verifies": 0}]}]})",
            "/steps (line 2)",
            {"\"tls\": []"}},
        Bad{"usage",
            head + R"("tls": [], "steps": [{"examine": {"credential": "client"},
                  "claims": [{"material_usage": {"has": ["clientauth"]}}]}]})",
            "/steps/0/claims/0/material_usage/has/0 (line 3)",
            {"did you mean \"clientAuth\""}}),
    title);

}  // namespace
}  // namespace mtls::catalog
