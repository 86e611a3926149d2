#!/usr/bin/env python3
"""Runs the commands of README.md, so that the front door opens.

usage: readme_test.py MTLSCHECK SOURCE_DIR    MTLSCHECK: the program, or the folder it lies in

Blocks fenced as sh run from top to bottom in one new folder, as a reader would type them, with the program as `mtlscheck`
in PATH and SOURCE_DIR as its data. A block must end with 0, or with N where its first line is `# exit N`. A block that
begins with `# not run here: installs and builds` is not run: the scripts it names must be there and executable. Other
fences (text, json, yaml) are left alone.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

PATIENCE = 300  # seconds for one block
NOT_RUN = "# not run here: installs and builds"
FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def blocks_of(text):
    """(line of the first command, text) of every block fenced as sh."""
    if len(re.findall(r"^\s*```", text, re.MULTILINE)) % 2:
        sys.exit("readme_test: README.md has a fence that is never closed")
    return [(text.count("\n", 0, match.start()) + 2, match[2]) for match in FENCE.finditer(text) if match[1] == "sh"]


def environment_of(root, folder):
    """What a reader has: nothing of this test's own settings, and no CI that changes what is printed."""
    ours = re.compile(r"^(MTLSCHECK_|GITHUB_|CI$|SSL|OPENSSL|CURL)")
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return kept | {"PATH": f"{folder / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}", "MTLSCHECK_HOME": str(root)}


def missing_scripts(block, root):
    commands = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
    if not commands:
        return "names no script"
    scripts = [root / command.split()[0] for command in commands]
    wrong = [str(script) for script in scripts if not (script.is_file() and os.access(script, os.X_OK))]
    return "not there or not executable: " + ", ".join(wrong) if wrong else ""


def run_block(block, folder, environment):
    """Why the block failed, or nothing."""
    stated = re.match(r"# exit (\d+)\n", block)
    wanted = int(stated[1]) if stated else 0
    shell = subprocess.Popen(["sh", "-eu", "-c", block], cwd=folder / "work", env=environment, text=True, errors="replace",
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = shell.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGTERM)
        output, _ = shell.communicate()
        return f"not done after {PATIENCE} s\n{output}"
    return "" if shell.returncode == wanted else f"ended with {shell.returncode} instead of {wanted}\n{output}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, root = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    if program.is_dir():
        program /= "mtlscheck"
    if not (program.is_file() and os.access(program, os.X_OK)):
        sys.exit(f"readme_test: {program} is no program")
    passed = failed = ran = 0
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "bin").mkdir()
        (folder / "work").mkdir()
        (folder / "bin" / "mtlscheck").symlink_to(program)
        environment = environment_of(root, folder)
        for line, block in blocks_of((root / "README.md").read_text(encoding="utf-8")):
            built = block.startswith(NOT_RUN)
            ran += not built
            trouble = missing_scripts(block, root) if built else run_block(block, folder, environment)
            passed, failed = passed + (not trouble), failed + bool(trouble)
            if trouble:
                print(f"README.md:{line}: {trouble}")
    if not ran:
        print("README.md: no block that can be run")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
