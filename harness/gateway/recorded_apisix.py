#!/usr/bin/env python3
"""Answers as APISIX 3.18 in standalone mode was seen to answer, for tests of starting and reloading it. Not a gateway.

Called as openresty is: -p FOLDER -c FILE -g 'daemon off;'. It reads FOLDER/conf/config.yaml by its layout in
golden/apisix, opens the ports named there, and serves:
  PUT /apisix/admin/configs   401 with a wrong X-API-KEY; 400 without X-Digest or where the body is no JSON of the right
                              shape (problem_of() below), the old configuration kept; 204 for the digest of before;
                              202 else
  other paths of the Admin API   404: there are no single objects in this mode
  GET /status/ready           503 until there is a configuration, then 200
  the probe's port            302 where a route has that path and the plugin redirect, else 404
  TLS ports                   the alert internal_error: nobody here sends a server name
A new configuration comes into force one request later, as it does some time after the answer 202.
In data_plane it reads conf/apisix.yaml before each request; without #END in the last line the old one is kept.
A file FOLDER/fault makes the Admin API worse than it is: "garbage" answers in no known language, "silent" not at all,
"broken" always with 500, "late" takes the first configuration down and answers 500, for its workers do not hear of each
other yet.
"""
import http.server
import json
import os
import re
import socketserver
import sys
import threading

ALERT_INTERNAL_ERROR = bytes([0x15, 3, 3, 0, 2, 2, 80])


class State:
    def __init__(self, folder, config):
        self.folder, self.by_file = folder, "role: data_plane" in config
        self.lock = threading.Lock()
        self.digest = self.next = None
        self.in_force = {"status": None, "probe": None}
        key = re.search(r'key: "([0-9a-f]+)"', config)
        self.key = key.group(1) if key else None
        self.told_late = False

    def fault(self):
        path = os.path.join(self.folder, "fault")
        if not os.path.exists(path):
            return None
        with open(path) as file:
            return file.read().strip()

    def note(self, line):
        with open(os.path.join(self.folder, "logs", "access.log"), "a") as log:
            log.write(line + "\n")

    def look(self, port):
        """What is in force at this port; what was taken comes into force there for the next request."""
        if self.by_file:
            with open(os.path.join(self.folder, "conf", "apisix.yaml")) as file:
                text = file.read()
            if text.rstrip().endswith("#END"):
                self.next = json.loads(text.rstrip()[: -len("#END")])
        now, self.in_force[port] = self.in_force[port], self.next
        return now

    def routes(self, configuration):
        return (configuration or {}).get("routes", [])


KNOWN = {
    "ssls": {"id", "snis", "sni", "cert", "key", "client", "ssl_protocols", "type", "status", "labels", "desc"},
    "upstreams": {"id", "type", "nodes", "retries", "keepalive_pool", "timeout", "pass_host", "upstream_host", "tls",
                  "scheme", "name", "desc", "labels"},
    "routes": {"id", "uri", "uris", "host", "hosts", "vars", "plugins", "upstream_id", "service_id", "upstream", "name",
               "methods", "priority", "status", "desc", "labels"},
}


def is_pem(text, label):
    return isinstance(text, str) and re.match(r"-----BEGIN [A-Z ]*" + label + "-----\n", text) is not None


def problem_of_item(kind, item):
    """What APISIX has against it, in as many of its rules as there are fields written here; None: nothing."""
    if not isinstance(item, dict):
        return "wrong type: expected object"
    unknown = set(item) - KNOWN[kind]
    if unknown:
        return "additional properties forbidden, found " + sorted(unknown)[0]
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", str(item.get("id", ""))):
        return "property \"id\" validation failed"
    if kind == "ssls":
        if not item.get("snis") and not item.get("sni"):
            return "then clause did not match"
        if not is_pem(item.get("cert"), "CERTIFICATE") or not is_pem(item.get("key"), "PRIVATE KEY"):
            return "failed to parse cert"
        if "client" in item and not is_pem(item["client"].get("ca"), "CERTIFICATE"):
            return "failed to validate client_cert"
    if kind == "upstreams":
        tls = item.get("tls", {})
        if ("client_cert" in tls) != ("client_key" in tls):
            return "property \"tls\" validation failed"
        if item.get("pass_host") == "rewrite" and not item.get("upstream_host"):
            return "`upstream_host` can't be empty when `pass_host` is `rewrite`"
    if kind == "routes" and not (item.get("uri") or item.get("uris")):
        return "value should match only one schema, but matches none"
    return None


def problem_of(value):
    if not isinstance(value, dict):
        return "invalid request body: not an object"
    for kind in KNOWN:
        seen = set()
        for index, item in enumerate(value.get(kind, [])):
            problem = problem_of_item(kind, item)
            if problem:
                return f"invalid {kind} at index {index}, err: {problem}"
            if item["id"] in seen:
                return f"found duplicate id {item['id']} in {kind}"
            seen.add(item["id"])
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, status, body=""):
        self.server.state.note(f"{self.client_address[0]} {self.server.name} {self.command} {self.path} {status}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        state = self.server.state
        with state.lock:
            if self.server.name == "status":
                there = state.look("status") is not None
                return self.answer(200, '{"status":"ok"}') if there else self.answer(503, '{"status":"error"}')
            if self.server.name == "probe":
                found = any(route.get("uri") == self.path and "redirect" in route.get("plugins", {})
                            for route in state.routes(state.look("probe")))
                return self.answer(302 if found else 404)
        self.answer(404)

    def do_PUT(self):
        state = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        fault = state.fault()
        if fault == "garbage":
            self.close_connection = True
            return self.wfile.write(b"\x00\x01 this is no HTTP \xff\n\n")
        if fault == "silent":
            return self.rfile.read()
        if fault == "broken":
            return self.answer(500, '{"error_msg":"failed to save config to shared dict"}')
        if self.server.name != "admin" or self.path != "/apisix/admin/configs":
            return self.answer(404)
        if self.headers.get("X-API-KEY") != state.key:
            return self.answer(401, '{"error_msg":"failed to check token"}')
        digest = self.headers.get("X-Digest")
        if not digest:
            return self.answer(400, '{"error_msg":"missing digest header"}')
        with state.lock:
            if digest == state.digest:
                return self.answer(204)
            try:
                value = json.loads(body)
            except ValueError as problem:
                return self.answer(400, json.dumps({"error_msg": f"invalid request body: {problem}"}))
            problem = problem_of(value)
            if problem:
                return self.answer(400, json.dumps({"error_msg": problem}))
            state.digest = digest
            if fault == "late" and not state.told_late:
                state.told_late = True
                return self.answer(500, '{"error_msg":"failed to post event"}')
            state.next = value
            self.answer(202)


class Alert(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(1):
            self.request.sendall(ALERT_INTERNAL_ERROR)


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def open_http(name, address, port, state):
    server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
    server.name, server.state = name, state
    serve(server)


def endpoints(config, key):
    line = re.search(rf"^ *{key}: (.*)$", config, re.M)
    return re.findall(r'ip: "?([0-9.]+)"?, port: ([0-9]+)', line.group(1)) if line else []


def main():
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    arguments = sys.argv[1:]
    folder = arguments[arguments.index("-p") + 1]
    if not os.path.exists(arguments[arguments.index("-c") + 1]):
        sys.exit("nginx: [emerg] open() \"conf/nginx.conf\" failed (2: No such file or directory)")
    with open(os.path.join(folder, "conf", "config.yaml")) as file:
        config = file.read()
    state = State(folder, config)
    for name, key in (("admin", "admin_listen"), ("status", "status")):
        for address, port in endpoints(config, key):
            open_http(name, address, port, state)
    probe, *plain = endpoints(config, "node_listen")
    open_http("probe", *probe, state)
    for address, port in plain:
        open_http("plain", address, port, state)
    for address, port in endpoints(config, "listen"):
        serve(socketserver.ThreadingTCPServer((address, int(port)), Alert))
    threading.Event().wait()


if __name__ == "__main__":
    main()
