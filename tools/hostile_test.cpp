// A gateway that answers with every kind of hostile bytes: no report breaks, nothing hangs, its escape codes never
// reach the terminal.
#include <algorithm>

#include <gtest/gtest.h>

#include "harness/base/files.h"
#include "harness/base/process.h"
#include "tools/program_under_test.h"

namespace mtls::tools {
namespace {

constexpr const char* server = R"py(import socket, ssl, sys, threading
BODY = b"\x1b[31mred\x1b[0m \x00 \xff\xfe\xc3\x28 ]]> </script> \xe2\x80\xae ::error::pwned\r\n##vso[task.complete]\n"
ANSWERS = {
    "bytes": b"HTTP/1.1 400 No\x1b[2J\r\nX-Evil: \x1b]0;title\x07\xff]]>\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "long": b"HTTP/1.1 400 No\r\nX-Long: " + b"A" * (1 << 20) + b"\r\n\r\n",
    "many": b"HTTP/1.1 400 No\r\n" + b"".join(b"X-%d: v\r\n" % n for n in range(10000)) + b"\r\n",
    "junk": b"\x00\x01\x02 not HTTP at all \xff" * 50,
}
def serve(context, at, answer):
    listener = socket.create_server(at)
    def one(raw):
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                tls.recv(65536)
                print(raw.getpeername()[0], "\x1b[31mlog line with ]]> and \x00\xff ::error::pwned", flush=True)
                tls.sendall(answer)
        except Exception:
            pass
    while True:
        raw, peer = listener.accept()
        print(peer[0], "connection \x1b[2J ]]>", flush=True)
        threading.Thread(target=one, args=(raw,), daemon=True).start()
for line in open(sys.argv[1]):
    address, port, certificate, key = line.split()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    threading.Thread(target=serve, args=(context, (address, int(port)), ANSWERS[sys.argv[2]]), daemon=True).start()
threading.Event().wait()
)py";

class Hostile : public testing::TestWithParam<const char*> {};

TEST_P(Hostile, NoReportBreaks) {
  const auto python = find_program("python3");
  if (python.empty()) GTEST_SKIP() << "skipped, because python3 is not installed";
  auto folder = TempDir::make();
  ASSERT_TRUE(folder);
  const auto kind = folder->path() / "gateways" / "hostile";
  std::filesystem::create_directories(kind);
  ASSERT_TRUE(write_file(
      kind / "sites.mustache",
      "{{#listeners}}{{#sites}}{{address}} {{port}} {{certificate_file}} {{key_file}}\n{{/sites}}{{/listeners}}"));
  ASSERT_TRUE(write_file(kind / "server.py", server));
  ASSERT_TRUE(write_file(
      kind / "gateway.json",
      std::string(
          R"json({"kind": "hostile", "title": "A gateway that answers with hostile bytes", "programs": [")json") +
          python.string() +
          R"json("], "program_variable": "NO_SUCH_VARIABLE", "package": "python3", "version_arguments": ["--version"],
      "version_pattern": "([0-9.]+)", "capabilities": ["client-auth", "tls1.2", "tls1.3"], "lacks": {},
      "files": [{"template": "sites.mustache", "path": "sites"}],
      "arguments": [")json" +
          (kind / "server.py").string() + R"json(", "{{folder}}/sites", ")json" + GetParam() + R"json("],
      "environment": {}, "reload_signal": "", "stop_signal": "KILL", "ready_within": "20s", "logs": ["output.log"],
      "error_log": "output.log", "client_pattern": "^(127[0-9.]+)", "alarms": [], "known": []})json"));
  const auto json = folder->path() / "report.json", junit = folder->path() / "report.xml";
  const Ran ran =
      mtlscheck({"run", "--gateways", (folder->path() / "gateways").string(), "--gateway", "hostile", "--scenario",
                 "client-auth/expired,client-auth/second-client", "--report", "json=" + json.string(), "--report",
                 "junit=" + junit.string(), "--report", "csv=" + (folder->path() / "report.csv").string(), "--report",
                 "github=" + (folder->path() / "summary.md").string()});
  EXPECT_TRUE(ran.code == 1 || ran.code == 3) << ran.code << ran.text;
  for (const auto& file : {json, junit}) {
    const auto text = read_file(file);
    ASSERT_TRUE(text);
    EXPECT_TRUE(
        std::none_of(text->begin(), text->end(), [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\t'; }));
    EXPECT_LT(text->size(), 4u << 20);
  }
  ProcessSpec check;
  check.program = python;
  check.arguments = {"-c", "import json,sys,xml.dom.minidom as m; json.load(open(sys.argv[1])); m.parse(sys.argv[2])",
                     json.string(), junit.string()};
  const auto parsed = run_to_end(check, std::chrono::seconds(30));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->exit.code, 0) << parsed->text;
}

INSTANTIATE_TEST_SUITE_P(Answers, Hostile, testing::Values("bytes", "long", "many", "junk"),
                         [](const auto& answer) { return std::string(answer.param); });

}  // namespace
}  // namespace mtls::tools
