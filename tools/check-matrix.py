#!/usr/bin/env python3
"""Holds a report of the whole matrix on one kind of gateway, and its JUnit twin, against what must be true of them.

usage: check-matrix.py REPORT.json JUNIT.xml   in the project's folder, whose scenarios the report refers to
Prints what is wrong and ends with 1 where anything is.
"""
import json
import sys
import xml.etree.ElementTree as tree

import calibration

# The rows of the requirements that nginx can show without a change at run time.
ROWS = """S0.1 S0.2 S0.3 S0.4 S0.5 S0.9 S0.10 S0.11 S0.12 S0.13 S0.14 S0.15 S1.1 S1.2 S1.3 S1.4 S1.5 S1.6 S1.7 S2.1 S2.2 S2.3
S2.4 S2.5 S2.6 S2.7 S2.8 S2.9 S2.10 S3.1 S3.2 S3.3 S3.4 S3.5 S3.6 S4.1 S4.2 S4.3 S4.4 S4.5 S4.6 S4.7 S4.8 S4.9 S4.10
S4.12 S4.13 S4.14 S4.15 S4.18 S4.19""".split()
# What no scenario asks for by name: every case needs the first ones, and harness/gateway/reload_test.cpp shows the last.
NOT_ASKED_FOR = {"http", "client-auth", "tls1.2", "tls1.3", "reload"}
LEAST_CASES = 300
LEAST_NAMED_FIRST = 0.95


def check_report(report, wrong):
    if not report["complete"]:
        wrong.append("the report is not complete")
    if len(report["cases"]) < LEAST_CASES:
        wrong.append(f'only {len(report["cases"])} cases')
    for case in report["cases"]:
        if case["outcome"] not in ("pass", "known", "unsupported"):
            wrong.append(f'{case["id"]} {case["variant"]}: {case["outcome"]}: {case.get("reason")}')
        if case["outcome"] == "unsupported":
            continue
        if not case["steps"]:
            wrong.append(f'{case["id"]} {case["variant"]}: no steps')
        for step in case["steps"]:
            refused = any(finding["claim"] == "refused" and finding["held"] for finding in step["findings"])
            if refused and case["sort"] == "conformance":
                admitted = [control for control in case["control"] if control["admitted"]]
                other = any(f["claim"] == "admitted" and f["held"] for s in case["steps"] for f in s["findings"])
                if not admitted and not other:
                    wrong.append(f'{case["id"]} {case["variant"]}: a refusal without a control')
    check_capabilities(report, wrong)
    diagnosis = report["summary"]["diagnosis"]
    if diagnosis["expected"] < 120 or diagnosis["named_first"] < LEAST_NAMED_FIRST * diagnosis["expected"]:
        wrong.append(f"the planted cause was named first in {diagnosis}")


def check_capabilities(report, wrong):
    """What a kind says that it can do must be shown by a case that passed, and what it lacks must have a reason."""
    shown = set()
    for case in report["cases"]:
        if case["outcome"] == "unsupported" and "https://" not in case["reason"]:
            wrong.append(f'{case["id"]} {case["variant"]}: unsupported without a reason and its source')
        if case["outcome"] == "pass" and case.get("file"):
            with open(case["file"], encoding="utf-8") as file:
                shown.update(json.load(file).get("requires", []))
    for capability in report["gateways"][0]["capabilities"]:
        if capability not in shown | NOT_ASKED_FOR:
            wrong.append(f"no case shows the capability {capability}")


def check_rows(report, wrong):
    referred = {reference for case in report["cases"] for reference in case["references"]}
    missing = [row for row in ROWS if row not in referred]
    if missing:
        wrong.append("no case refers to " + ", ".join(missing))


def check_calibration(report, wrong):
    """What the diagnosis promises by its confidence, over every step that planted a cause."""
    answers = [(step["diagnoses"][0]["confidence"], step["diagnoses"][0]["code"] == step["planted"])
               for case in report["cases"] for step in case["steps"] if step.get("planted") and step["diagnoses"]]
    if len(answers) < 100:
        wrong.append(f"only {len(answers)} answers to hold the confidence against")
    wrong += calibration.complaints(answers)


def check_junit(root, report, wrong):
    if root.tag != "testsuites":
        wrong.append(f"the root is {root.tag}")
    seen, count = set(), 0
    for suite in root:
        if suite.tag != "testsuite" or suite.find("testsuite") is not None or not suite.get("name"):
            wrong.append("suites are not one level of named testsuite elements")
        for case in suite.findall("testcase"):
            count += 1
            name = (case.get("classname"), case.get("name"))
            if name in seen:
                wrong.append(f"{name} stands twice")
            seen.add(name)
            if not name[0].startswith(f'mtlscheck.{report["gateways"][0]["kind"]}.'):
                wrong.append(f"{name}: classname")
            if sum(len(case.findall(tag)) for tag in ("failure", "error", "skipped")) > 1:
                wrong.append(f"{name}: more than one of failure, error, skipped")
            for child in case.findall("failure") + case.findall("error") + case.findall("skipped"):
                if not child.get("message"):
                    wrong.append(f"{name}: no message")
            if not name[1].startswith("sound") and (not case.get("file") or not case.get("line")):
                wrong.append(f"{name}: no file or line")
    if count != len(report["cases"]):
        wrong.append(f'{count} test cases for {len(report["cases"])} cases')


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = []
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    check_report(report, wrong)
    check_calibration(report, wrong)
    if report["gateways"][0]["kind"] == "nginx":
        check_rows(report, wrong)
    check_junit(tree.parse(sys.argv[2]).getroot(), report, wrong)
    print("\n".join(wrong) if wrong else f'{len(report["cases"])} cases as they must be')
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
