#!/usr/bin/env python3
"""Holds reports/conformance.md against the known deviations of the kinds, so that it cannot go stale.

usage: conformance_test.py SOURCE_DIR

The heading of a gateway names its kinds in backticks, as in "## HAProxy (`haproxy`)". What its "- Scenarios:" lists is exactly
what the `known` of these kinds match; what is mentioned anywhere must be a scenario. The reference has no deviations.
"""
import fnmatch
import json
import pathlib
import re
import sys

HEADING = re.compile(r"^## .*$", re.MULTILINE)
LISTED = re.compile(r"^- Scenarios: (.*(?:\n  .*)*)", re.MULTILINE)
QUOTED = re.compile(r"`([^`\s]+)`")


def sections_of(text):
    """Kind: what stands below the heading that names it."""
    starts = list(HEADING.finditer(text))
    ends = [later.start() for later in starts[1:]] + [len(text)]
    return {kind: text[start.end():end] for start, end in zip(starts, ends) for kind in QUOTED.findall(start[0])}


def known_of(gateway, scenarios):
    """The scenarios that the deviations of a kind are about, and what is wrong with the deviations."""
    globs = [deviation["scenario"] for deviation in gateway.get("known", [])]
    matched = {glob: set(fnmatch.filter(scenarios, glob)) for glob in globs}
    wrong = [f"known names {glob}, which is no scenario" for glob, ids in matched.items() if not ids]
    return set().union(*matched.values()), wrong


def compare(kind, gateway, sections, scenarios):
    known, wrong = known_of(gateway, scenarios)
    if kind not in sections:
        return wrong + ["has no heading that names it"]
    listed = {id for block in LISTED.findall(sections[kind]) for id in QUOTED.findall(block)}
    wrong += [f"{id} is known, but not listed" for id in sorted(known - listed)]
    return wrong + [f"{id} is listed, but not known" for id in sorted(listed - known)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    text = (root / "reports/conformance.md").read_text(encoding="utf-8")
    files = (root / "scenarios").glob("*/*.json")
    scenarios = sorted(f"{file.parent.name}/{file.stem}" for file in files)
    gateways = {file.parent.name: json.loads(file.read_text(encoding="utf-8"))
                for file in sorted((root / "fixtures/gateways").glob("*/gateway.json"))}
    if not scenarios or not gateways:
        sys.exit(f"conformance_test: {root} holds no scenarios or no gateways")
    sections = sections_of(text)
    wrong = [f"{kind}: {what}" for kind, gateway in gateways.items() if kind != "reference" or gateway.get("known")
             for what in compare(kind, gateway, sections, scenarios)]
    wrong += [f"{kind}: has a heading, but is no kind" for kind in sections if kind not in gateways]
    topics = {id.split("/")[0] for id in scenarios}
    mentioned = {id for id in QUOTED.findall(text) if id.split("/")[0] in topics and "/" in id}
    wrong += [f"{id} is mentioned, but is no scenario" for id in sorted(mentioned - set(scenarios))]
    print("\n".join(wrong) or f"{len(mentioned)} scenarios in the sections of {len(sections)} kinds: as the kinds have them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
