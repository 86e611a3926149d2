#!/usr/bin/env python3
"""Answers as APISIX 3.18 in standalone mode was seen to answer, for tests of starting and reloading it. Not a gateway.

Called as openresty is: -V, or -p FOLDER -c FILE -g 'daemon off;'. It reads FOLDER/conf/config.yaml by its layout in
golden/apisix, opens the ports named there, and serves:
  PUT /apisix/admin/configs   401 with a wrong X-API-KEY; 400 without X-Digest or where the body is no JSON of the right
                              shape, the old configuration kept; 204 for the digest of before; 202 else
  other paths of the Admin API   404: there are no single objects in this mode
  GET /status/ready           503 until there is a configuration, then 200
  the probe's port            302 where a route has that path and the plugin redirect, else 404
  TLS ports                   the alert internal_error: nobody here sends a server name
A new configuration comes into force one request later, as it does some time after the answer 202.
In data_plane it reads conf/apisix.yaml before each request; without #END in the last line the old one is kept.
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
        self.digest = self.in_force = self.next = None
        key = re.search(r'key: "([0-9a-f]+)"', config)
        self.key = key.group(1) if key else None

    def note(self, line):
        with open(os.path.join(self.folder, "logs", "access.log"), "a") as log:
            log.write(line + "\n")

    def look(self):
        """What is in force now; what was taken comes into force for the next request."""
        if self.by_file:
            with open(os.path.join(self.folder, "conf", "apisix.yaml")) as file:
                text = file.read()
            if text.rstrip().endswith("#END"):
                self.next = json.loads(text.rstrip()[: -len("#END")])
        now, self.in_force = self.in_force, self.next
        return now

    def routes(self, configuration):
        return (configuration or {}).get("routes", [])


def is_configuration(value):
    return isinstance(value, dict) and all(
        isinstance(value.get(key, []), list) and all(isinstance(item, dict) and "id" in item for item in value.get(key, []))
        for key in ("ssls", "upstreams", "routes"))


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
                there = state.look() is not None
                return self.answer(200, '{"status":"ok"}') if there else self.answer(503, '{"status":"error"}')
            if self.server.name == "probe":
                found = any(route.get("uri") == self.path and "redirect" in route.get("plugins", {})
                            for route in state.routes(state.look()))
                return self.answer(302 if found else 404)
        self.answer(404)

    def do_PUT(self):
        state = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
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
            if not is_configuration(value):
                return self.answer(400, '{"error_msg":"invalid ssls at index 0, err: invalid configuration"}')
            state.digest, state.next = digest, value
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
    arguments = sys.argv[1:]
    if "-V" in arguments:
        print("nginx version: openresty/1.29.2.1\nconfigure arguments: --with-http_ssl_module --add-module=../apisix-nginx-module-1.19.8")
        return
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
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        serve(socketserver.ThreadingTCPServer((address, int(port)), Alert))
    threading.Event().wait()


if __name__ == "__main__":
    main()
