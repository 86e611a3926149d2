// The command lines that make one request by hand.
#pragma once

#include "harness/client/client.h"
#include "harness/model/stimulus.h"
#include "harness/run/lab.h"

namespace mtls::run {

// Fills where and how to connect, and the lines for curl, openssl and mtlscheck, from the probe and the files that
// `one` names already.
// `trust_and_crls`: the one file that openssl reads both from.
void write_lines(const Request& request, const client::Probe& probe, const std::filesystem::path& trust_and_crls,
                 LabTry& one);

}  // namespace mtls::run
