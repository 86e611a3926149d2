// mtlscheck doctor.
#pragma once

#include "tools/options.h"

namespace mtls::tools {

int doctor_command(const DoctorOptions& options);

}  // namespace mtls::tools
