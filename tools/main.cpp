// Dispatches to the command that the command line names.
#include <string>
#include <vector>

#include "tools/diagnose_command.h"
#include "tools/doctor_command.h"
#include "tools/explain_command.h"
#include "tools/gateway_config_command.h"
#include "tools/lab_command.h"
#include "tools/list_command.h"
#include "tools/options.h"
#include "tools/pki_command.h"
#include "tools/run_command.h"
#include "tools/terminal.h"

namespace {

struct Dispatch {
  std::vector<std::string> words;

  int operator()(const mtls::tools::RunOptions& options) const { return mtls::tools::run_command(options, words); }
  int operator()(const mtls::tools::LabOptions& options) const { return mtls::tools::lab_command(options); }
  int operator()(const mtls::tools::ListOptions& options) const { return mtls::tools::list_command(options); }
  int operator()(const mtls::tools::PkiOptions& options) const { return mtls::tools::pki_command(options); }
  int operator()(const mtls::tools::GatewayConfigOptions& options) const {
    return mtls::tools::gateway_config_command(options);
  }
  int operator()(const mtls::tools::DoctorOptions& options) const { return mtls::tools::doctor_command(options); }
  int operator()(const mtls::tools::DiagnoseOptions& options) const { return mtls::tools::diagnose_command(options); }
  int operator()(const mtls::tools::ExplainOptions& options) const { return mtls::tools::explain_command(options); }
  int operator()(const mtls::tools::Ended& ended) const {
    if (ended.exit_code == 0)
      mtls::tools::print(ended.text);
    else
      mtls::tools::say(ended.text);
    return ended.exit_code;
  }
};

}  // namespace

int main(int argc, char** argv) {
  return std::visit(Dispatch{{argv, argv + argc}}, mtls::tools::parse(argc, argv));
}
