#!/usr/bin/env python3
"""Each public header compiles alone and includes no Boost; plugin.h is C99 too.

usage: headers.py C-COMPILER CXX-COMPILER. Exit status 1 and the compiler's words for what is wrong.
"""
import pathlib
import subprocess
import sys

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def compile_alone(compiler, language, standard, name):
    """\\return what the compiler says, with every file that it has read (-H)."""
    command = [compiler, "-x", language, f"-std={standard}", *STRICT, "-fsyntax-only", "-H",
               "-I", INCLUDE, "-"]
    source = f"#include <{name}>\n#include <{name}>\n"
    run = subprocess.run(command, input=source, stderr=subprocess.PIPE, text=True)
    return run.returncode, run.stderr


def main():
    c_compiler, cxx_compiler = sys.argv[1:]
    headers = sorted(INCLUDE.glob("brood/*"))
    runs = [(cxx_compiler, "c++", "c++20", header) for header in headers]
    runs += [(c_compiler, "c", "c99", header) for header in headers if header.suffix == ".h"]
    count = 0
    for compiler, language, standard, header in runs:
        status, words = compile_alone(compiler, language, standard, f"brood/{header.name}")
        if status != 0 or "/boost/" in words:
            print(f"{header.name} as {standard} does not stand alone, or includes Boost:\n{words}")
            count += 1
    sys.exit(1 if count or not headers else 0)


main()
