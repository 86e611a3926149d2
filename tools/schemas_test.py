#!/usr/bin/env python3
"""Holds what diagnose and explain print against their schemas, and the HTML page against what it must not hold.

usage: schemas_test.py PROGRAM SOURCE_DIR
Ends with 77 without python3-jsonschema.
"""
import html.parser
import pathlib
import subprocess
import sys
import tempfile

import hostile_behaviours
from hostile_endpoints_test import Endpoint

NAMES = ["SSH", "silence after ClientHello", "200 tickets", "end after the flight", "control characters",
         "alert 48 after the flight"]


class Page(html.parser.HTMLParser):
    """Collects the tags of a page, and what they would load."""

    def __init__(self):
        super().__init__()
        self.tags, self.loads = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "onload", "onerror")]


def complaints_of_page(path):
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    wrong = [f"{path.name}: <{tag}>" for tag in page.tags & {"script", "img", "link", "iframe", "b", "x"}]
    wrong += [f"{path.name}: loads {what}" for what in page.loads]
    if "PRIVATE KEY" in text or "\x1b" in text:
        wrong.append(f"{path.name}: holds what no page may")
    if "<h1>" not in text or "</html>" not in text:
        wrong.append(f"{path.name}: is no whole page")
    return wrong


def ask(program, folder, name, endpoint, arguments):
    stem = folder / name.replace(" ", "-")
    command = [program, "diagnose", endpoint, "--timeout", "0.5", "--report", f"json={stem}.json", "--report",
               f"html={stem}.html", "--report", f"text={stem}.txt", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 1, 3):
        return [f"{name}: exit {ran.returncode}: {ran.stderr}"]
    return complaints_of_page(pathlib.Path(f"{stem}.html"))


def diagnoses(program, folder):
    pki = folder / "pki"
    subprocess.run([program, "pki", "--out", pki], check=True, stdout=subprocess.DEVNULL)
    own = ["--sni", "gateway.test", "--cacert", str(pki / "authorities/root.crt")]
    own += ["--cert", str(pki / "credentials/client/chain.crt"), "--key", str(pki / "credentials/client/key.pem")]
    wrong = ask(program, folder, "nobody", "127.0.0.1:1", ["--host", "<script>alert(1)</script>", "--sni", "<b>x</b>"])
    wrong += ask(program, folder, "unreadable", "127.0.0.1:1", ["--cert", "/nonexistent/<x>"])
    for name in NAMES:
        endpoint = Endpoint(hostile_behaviours.ALL[name][0], pki)
        wrong += ask(program, folder, name, f"127.0.0.1:{endpoint.port}", own)
        endpoint.close()
    return wrong


def explanations(program, folder):
    for number, words in enumerate((["certificate has expired"], ["client-cert-expired"], ["no such words at all"])):
        with (folder / f"explanation-{number}.txt").open("wb") as file:
            subprocess.run([program, "explain", "--json", *words], stdout=file, check=False)


def main():
    program, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    schemas = source / "reports/schema"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        wrong = diagnoses(program, folder)
        explanations(program, folder)
        for schema, files in (("diagnosis", folder.glob("*.json")), ("explanation", folder.glob("explanation-*"))):
            files = [path for path in files if path.stat().st_size]
            if not files:
                wrong.append(f"nothing to hold against the schema of a {schema}")
                continue
            code = subprocess.run([sys.executable, schemas / "validate.py", schemas / f"{schema}.schema.json", *files],
                                  check=False).returncode
            if code == 77:
                print("skipped, because python3-jsonschema is not installed")
                return 77
            if code:
                wrong.append(f"{schema}: not what its schema says")
    print("\n".join(wrong) or "as the schemas say")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
