#!/usr/bin/env python3
"""Holds calibration.py to what it is for: it complains of promises that are not kept, and of nothing else."""
import sys

import calibration


def main():
    wrong = []
    kept = [(0.92, number % 10 != 0) for number in range(100)] + [(0.4, number % 2 == 0) for number in range(40)]
    if calibration.complaints(kept):
        wrong.append("complains of what is kept")
    broken = kept + [(0.97, number % 3 == 0) for number in range(30)]
    if len(calibration.complaints(broken)) != 1:
        wrong.append("does not see that of 30 answers given with 0.97 only ten are right")
    if calibration.complaints([(0.97, False)] * (calibration.LEAST_ANSWERS - 1)):
        wrong.append("complains of too few answers to tell")
    if calibration.complaints([(0.4, True)] * 50):
        wrong.append("complains of modesty")
    if sum(row[2] for row in calibration.bands(broken)) != len(broken):
        wrong.append("loses answers between its bands")
    print("\n".join(wrong) or "calibration is measured as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
