#!/usr/bin/env python3
"""Holds the daemon free of the laboratory: no function that a library of src/lab defines is in
`brood`, so that who only serves loads none of it."""

import pathlib
import subprocess
import sys

build = pathlib.Path(sys.argv[1])


def functions_of(path):
    """The global functions that are defined nowhere else: no inline one, no template."""
    lines = subprocess.run(["nm", "--defined-only", str(path)], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    words = (line.split() for line in lines)
    return {word[2] for word in words if len(word) == 3 and word[1] == "T"}


def main():
    libraries = sorted(build.glob("src/libbrood_lab_*.a"))
    if not libraries:
        sys.exit(f"no library of the laboratory is in {build}/src")
    laboratory = set().union(*(functions_of(library) for library in libraries))
    both = laboratory & functions_of(build / "brood")
    for name in sorted(both):
        print(f"brood has {name}, which is the laboratory's")
    print(f"{len(laboratory)} functions of the laboratory, {len(both)} of them in brood")
    sys.exit(1 if both or not laboratory else 0)


main()
