// mtlscheck doctor: what of this machine is usable, and what to install.
#include "tools/doctor_command.h"

#include <fmt/format.h>

#include "harness/base/files.h"
#include "harness/base/socket.h"
#include "harness/client/client.h"
#include "harness/gateway/gateway.h"
#include "reports/reports.h"
#include "tools/data.h"
#include "tools/exit_code.h"
#include "tools/rules.h"
#include "tools/terminal.h"

namespace mtls::tools {
namespace {

struct Check {
  std::string name;
  bool good;
  bool needed;  // without it nothing can run
  std::string words;
};

Check check_data(const Result<Data>& data) {
  if (!data) return {"data", false, true, to_string(data.error())};
  return {"data", true, true, fmt::format("{} scenarios in {}", data->scenarios.size(), data->folder.string())};
}

Check check_rules() {
  const Result<diagnose::Rules> rules = shipped_rules();
  if (!rules) return {"rules", false, true, to_string(rules.error())};
  return {"rules", true, true, fmt::format("{} causes can be named", rules->book().causes.size())};
}

Check check_libcurl() {
  const Result<std::string> curl = client::libcurl_version();
  return {"libcurl", static_cast<bool>(curl), true, curl ? *curl : to_string(curl.error())};
}

// Trials are told apart by their source address, so more of 127/8 than 127.0.0.1 must be there.
Check check_loopback() {
  const auto listener = listen_tcp({"127.201.0.1", 0});
  if (!listener) return {"loopback", false, true, "127.201.0.1 cannot be bound: " + to_string(listener.error())};
  const auto at = local_endpoint(listener->get());
  const auto connection =
      at ? connect_tcp(*at, "127.201.1.1", Deadline(std::chrono::milliseconds(1000))) : Result<Fd>(at.error());
  if (!connection) return {"loopback", false, true, "no connection within 127/8: " + to_string(connection.error())};
  return {"loopback", true, true, "any address of 127/8 can be used"};
}

Check check_folder() {
  const auto folder = TempDir::make();
  if (!folder) return {"folder", false, true, to_string(folder.error())};
  return {"folder", true, true, "private folders are made in " + folder->path().parent_path().string()};
}

std::vector<Check> all_checks(bool& any_gateway) {
  const Result<Data> data = read_data({}, {});
  std::vector<Check> checks{check_data(data), check_rules(),    {"openssl", true, true, client::openssl_version()},
                            check_libcurl(),  check_loopback(), check_folder()};
  if (!data) return checks;
  for (const GatewayKind& kind : data->gateways) {
    const auto installed = gateway::find(kind);
    any_gateway = any_gateway || installed;
    checks.push_back({kind.kind, static_cast<bool>(installed), false,
                      installed ? fmt::format("{} ({})", installed->version, installed->program.string())
                                : to_string(installed.error())});
  }
  return checks;
}

}  // namespace

int doctor_command(const DoctorOptions& options) {
  bool any_gateway = false, all_needed = true;
  std::vector<reports::Row> rows;
  std::string text;
  for (const Check& check : all_checks(any_gateway)) {
    all_needed = all_needed && (check.good || !check.needed);
    rows.push_back({{"name", check.name}, {"usable", check.good}, {"needed", check.needed}, {"words", check.words}});
    text += fmt::format("{:<8} {:<10} {}\n",
                        check.good     ? "ok"
                        : check.needed ? "MISSING"
                                       : "absent",
                        check.name, check.words);
  }
  print(options.json ? reports::write_rows(rows) : text);
  if (!all_needed) return exit_undecided;
  return any_gateway ? exit_ok : exit_nothing_ran;
}

}  // namespace mtls::tools
