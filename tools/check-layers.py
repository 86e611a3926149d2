#!/usr/bin/env python3
"""Holds every include against the layers that CMakeLists.txt declares; names file and include where one is broken.

usage: check-layers.py SOURCE_DIR "module:uses,...:test uses,...;..."
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
THIRD_PARTY = re.compile(r"^(openssl|fmt|nlohmann|boost|curl|gtest|gmock|benchmark|pugixml|kainjow|re2|CLI)\b")
VOCABULARIES = {"base", "model"}  # folders without a door: any header may be included


def module_of(path):
    parts = pathlib.PurePosixPath(path).parts
    if not parts:
        return None
    if parts[0] == "harness" and len(parts) > 2:
        return parts[1]
    if parts[0] in ("reports", "tools", "reference") and len(parts) > 1:
        return parts[0]
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    layers, test_layers = {}, {}
    for entry in filter(None, sys.argv[2].split(";")):
        name, uses, test_uses = entry.split(":")
        layers[name] = set(filter(None, uses.split(",")))
        test_layers[name] = set(filter(None, test_uses.split(",")))
    broken, seen = [], 0
    for top in ("harness", "reports", "tools", "reference"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            seen += 1
            relative = file.relative_to(root).as_posix()
            module = module_of(relative)
            if module not in layers:
                broken.append(f"{relative}: its folder is no module of CMakeLists.txt")
                continue
            is_test = re.search(r"_(test|bench|fuzz)\.cpp$", relative)
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                quoted, angled = match.groups()
                place = f"{relative}:{number}: "
                if angled:
                    if module == "model" and THIRD_PARTY.match(angled):
                        broken.append(f"{place}<{angled}>: the model includes no third party")
                    continue
                target = module_of(quoted)
                if target is None:
                    broken.append(f'{place}"{quoted}": includes are written from the root of the project')
                elif target != module and target not in layers[module] | (test_layers[module] if is_test else set()):
                    broken.append(f'{place}"{quoted}": {module} may not use {target}')
                elif target != module and target not in VOCABULARIES:
                    door = "reports/reports.h" if target == "reports" else f"harness/{target}/{target}.h"
                    if quoted != door:
                        broken.append(f'{place}"{quoted}": the door of {target} is {door}')
    for line in broken:
        print(line)
    if seen < 10:
        print(f"only {seen} files found below {root}")
        return 1
    print(f"{seen} files, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
