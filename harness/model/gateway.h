// A kind of gateway, as data: what to launch, with which files, how to know it is ready, where it logs.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mtls {

struct RenderedFile {
  std::string template_file;  // beside gateway.json; of an owner's own file: where it lies
  std::string path;           // relative to the gateway's private folder
  bool own = false;           // no template, but a configuration that is in use elsewhere
  // Of an own file: texts in it, and the template's words that take their place.
  std::vector<std::pair<std::string, std::string>> replace = {};
};

// A deviation that is known and explained; a case that fails for it is `known`, one that passes makes the entry stale.
struct KnownDeviation {
  std::string scenario;                        // id or glob
  std::map<std::string, std::string> variant;  // empty: every variant
  std::string reason;
  std::string link;
  bool sometimes = false;  // a race of the gateway's: one that passes does not make the entry stale
};

// A folder that a package installed and that the program needs. Nothing of it is touched: a gateway works on links to
// it.
struct Installation {
  std::string variable;              // environment variable that names it and comes first
  std::vector<std::string> folders;  // where packages put it
  std::string version_file;          // relative to it; version_pattern finds the version there
  std::string least_version;         // "3.13"; empty: any
  std::vector<std::string> links;  // relative to it, and made at the same place in the private folder where they exist
};

// A program that runs to its end before the gateway starts, in the private folder.
struct Preparation {
  std::vector<std::string> programs;  // mustache; the first that exists
  std::vector<std::string> arguments;
};

// A plain HTTP request to one of the gateway's own ports, and the answer that is wanted.
struct OwnRequest {
  std::string port;  // one of `ports`
  std::string method = "GET";
  std::string path;                            // mustache
  std::map<std::string, std::string> headers;  // mustache
  std::string file;                            // its content is sent; relative to the private folder
  int status = 200;
};

struct GatewayKind {
  std::string kind;
  std::string title;
  std::string folder;                 // where gateway.json lies
  std::vector<std::string> programs;  // names looked up in PATH and in the usual folders, or absolute paths
  std::string program_variable;       // environment variable that names the program and comes first
  std::string package;                // what to install
  std::vector<std::string> needs;     // files that must be there too, such as a module of the program: absolute paths
  std::vector<std::string> version_arguments;
  std::string version_pattern;  // RE2 with one group
  std::optional<Installation> installation;
  std::string program_must_say;  // RE2: without it among what version_arguments print, the program is another one
  std::vector<std::string> capabilities;
  std::map<std::string, std::string> lacks;  // capability -> why, with its source
  std::vector<RenderedFile> files;
  std::map<std::string, std::string> exports;  // format -> template: a configuration for a gateway that already runs
  bool sites_by_path = false;  // sites with one TLS policy may share a server: templates know `location`
  bool sites_by_name = false;  // sites are told apart by their names alone, whatever the listener
  std::vector<Preparation> prepare;
  std::vector<std::string> ports;      // that a gateway needs for itself, by name
  std::vector<std::string> arguments;  // mustache, each one argument
  std::map<std::string, std::string> environment;
  bool process_per_listener = false;  // its policy is one for the whole process, so each listener gets one of its own
  bool remembers_failures = false;    // asks no upstream for a while after one has failed it
  std::optional<OwnRequest> push;     // gives the configuration to the running gateway, at the start and for a reload
  std::vector<OwnRequest> ready;  // asked in turn until each gets its answer, after the push and beside the listeners
  std::string reload_signal;      // "HUP"; empty: none
  std::string stop_signal = "TERM";
  std::chrono::milliseconds ready_within{5000};
  std::vector<std::string> logs;    // relative to the private folder
  std::string error_log;            // the one of `logs` that a failed start is explained by
  std::string refusals_log;         // the one that tells why a client was refused
  std::string client_pattern;       // RE2 with one group: the client's address in a log line
  bool logs_wrong_protocol = true;  // a line tells of who speaks HTTP to a TLS port, or TLS to a plain one
  bool lines_follow = false;        // a line without an address is about the client that was named before it
  std::vector<std::string> alarms;  // RE2: a line like this after a stage is an error of the gateway
  // RE2 of lines that `alarms` would match and that are none, each with the reason.
  std::vector<std::pair<std::string, std::string>> harmless;
  std::vector<KnownDeviation> known;

  // One configuration of its owner's, with one site, instead of one made for any site.
  bool is_own() const {
    for (const RenderedFile& file : files)
      if (file.own) return true;
    return false;
  }
};

}  // namespace mtls
