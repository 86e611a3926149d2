#!/usr/bin/env python3
"""Runs `mtlscheck diagnose` against endpoints that misbehave: each gets an answer, in time, in bounded memory.

usage: hostile_endpoints_test.py PROGRAM [NAME...]
"""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

import hostile_behaviours
import hostile_servers

TIMEOUT_S = 0.5
# Three times the timeout is the promise; the rest is for a busy machine to start a process.
LONGEST_MS = 3 * TIMEOUT_S * 1000 + 250
HANG_S = 30
LARGEST_KIB = 100 * 1024
JOBS = 8
FEWEST = 60
SPEC = pathlib.Path(__file__).with_name("hostile_pki.json")


class Endpoint:
    """Accepts on loopback and lets one behaviour answer each connection, on a thread of its own."""

    def __init__(self, behaviour, pki):
        self.behaviour, self.pki = behaviour, pki
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(hostile_servers.PATIENCE_S)
        try:
            with connection:
                self.behaviour(connection, self.pki)
        except OSError:  # the client had enough
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def run(program, endpoint, pki, folder, name):
    output = folder / name.replace(" ", "-").replace("/", "-")
    command = [program, "diagnose", f"127.0.0.1:{endpoint.port}", "--sni", "gateway.test", "--json",
               "--cert", pki / "credentials/client/chain.crt", "--key", pki / "credentials/client/key.pem",
               "--cacert", pki / "authorities/root.crt", "--timeout", str(TIMEOUT_S)]
    with output.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT) as child:
        killer = threading.Timer(HANG_S, child.kill)
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        killer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, output.read_text(encoding="utf-8"), usage.ru_maxrss


def complaint(program, pki, folder, name):
    """What is wrong with the answer to one behaviour; empty: nothing."""
    behaviour, sensible = hostile_behaviours.ALL[name]
    endpoint = Endpoint(behaviour, pki)
    try:
        code, text, kibibytes = run(program, endpoint, pki, folder, name)
    finally:
        endpoint.close()
    if code not in (0, 1, 3):
        return f"{name}: exit {code}: {text[:300]}"
    document = json.loads(text)
    named = document["diagnoses"][0]["code"] if document["diagnoses"] else ""
    if "-v" in sys.argv:
        print(f'{name}: {named or "cannot tell"}, {document["took_ms"]:.0f} ms, {kibibytes >> 10} MiB')
    if document["healthy"]:
        return f"{name}: called healthy"
    if document["took_ms"] > LONGEST_MS:
        return f'{name}: took {document["took_ms"]:.0f} ms'
    if kibibytes > LARGEST_KIB:
        return f"{name}: needs {kibibytes >> 10} MiB"
    if named not in sensible:
        return f'{name}: says {named or "nothing"}, expected {" or ".join(sorted(sensible))}'
    if not named and not document["decide_by"]:
        return f"{name}: says nothing, and not what would help"
    return ""


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    wanted = [name for name in sys.argv[2:] if name != "-v"] or list(hostile_behaviours.ALL)
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        folder = pathlib.Path(temporary)
        pki = folder / "pki"
        subprocess.run([program, "pki", "--out", pki, "--spec", SPEC], check=True, stdout=subprocess.DEVNULL)
        wrong = [text for text in pool.map(lambda name: complaint(program, pki, folder, name), wanted) if text]
    if len(hostile_behaviours.ALL) < FEWEST:
        wrong.append(f"only {len(hostile_behaviours.ALL)} behaviours; {FEWEST} were promised")
    print("\n".join(wrong + [f"{len(wanted)} misbehaving endpoints, {len(wrong)} answered wrongly"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
