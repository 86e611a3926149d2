#!/usr/bin/env python3
"""The verdicts of a report, one line a case, without times, addresses and other words that differ from run to run.

usage: verdicts.py REPORT.json            prints them, sorted
       verdicts.py REPORT.json OTHER.json prints the lines that differ and ends with 1 where there are any
"""
import difflib
import json
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    result = []
    for case in report["cases"]:
        variant = ",".join(f"{key}={value}" for key, value in sorted(case["variant"].items()))
        parts = [case["gateway"], case["id"], variant, case["outcome"], case.get("reason_code") or "-"]
        for step in case["steps"]:
            held = ",".join(f'{finding["claim"]}:{"held" if finding["held"] else "unmet"}' for finding in step["findings"])
            first = step["diagnoses"][0]["code"] if step["diagnoses"] else "-"
            parts.append(f'[{held} planted={step.get("planted") or "-"} first={first}]')
        result.append(" ".join(parts))
    return sorted(result)


def main():
    if len(sys.argv) == 2:
        print("\n".join(lines(sys.argv[1])))
        return 0
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    differing = [
        line
        for line in difflib.unified_diff(lines(sys.argv[1]), lines(sys.argv[2]), lineterm="", n=0)
        if line[0] in "+-" and not line.startswith(("+++", "---"))
    ]
    print("\n".join(differing))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
