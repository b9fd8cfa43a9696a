#!/usr/bin/env python3
"""./dev explains itself and refuses what is wrong before it installs or builds anything.

usage: dev.py
"""
import pathlib
import re
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def run(*words):
    """In a folder without a build, and without any program that could install or build."""
    with tempfile.TemporaryDirectory(prefix="brood-dev-") as name:
        place = pathlib.Path(name)
        tools = place / "tools"
        tools.mkdir()
        for tool in ("bash", "cat", "dirname", "grep", "sed"):
            path = subprocess.run(["which", tool], stdout=subprocess.PIPE, text=True, check=True)
            (tools / tool).symlink_to(path.stdout.strip())
        for file in ("dev", "CMakeLists.txt", "config"):
            (place / file).symlink_to(SOURCE / file)
        return subprocess.run([tools / "bash", "-c", 'cd "$0" && . ./dev', place, *words],
                              env={"PATH": str(tools)}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)


def main():
    for words in (["help"], ["--help"], ["run", "--help"], ["run", "-h"], ["test", "--help"]):
        page = run(*words)
        assert page.returncode == 0 and page.stdout.startswith("usage: ./dev"), (words, page)
        assert all(len(line) <= 80 for line in page.stdout.splitlines()), page.stdout
    version = run("run", "--version")
    assert re.fullmatch(r"brood \d+\.\d+\.\d+\n", version.stdout), version
    for words, wrong in ((["run", "--min-spar", "5"], "--min-spar"),
                         (["run", "--colour=red"], "--colour"),
                         (["test", "--sanitise"], "--sanitise"),
                         (["dance"], "dance")):
        refused = run(*words)
        assert refused.returncode == 2 and wrong in refused.stderr, (words, refused)
        assert "installing" not in refused.stderr, refused


main()
