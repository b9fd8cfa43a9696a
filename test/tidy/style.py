#!/usr/bin/env python3
"""What the compiler does not refuse and the project does; each finding names its replacement.

Exit status 1 and one line a finding.
"""
import pathlib
import re
import sys

# (pattern, where, what to do instead)
BANS = [
    (r"(?<![_\w])exit\s*\(", r"src/(os|net|serve)/", "return a status, or _exit() in a child"),
    (r"std::cout|std::cerr|printf\s*\(stdout", r"src/(?!(cli/(main|server)|lab/commands/main)\.cpp)", "write to a given stream or the log"),
    (r"(?<![_\w.])u?sleep\s*\(|sleep_for|sleep_until", r"src/(?!log/log\.cpp)", "wait for an event"),
    (r"system_clock", r"src/(?!report/)", "base/clock.hpp"),
    (r"std::uniform_\w+_distribution|std::rand\b|(?<![_\w])rand\s*\(", r"(src|test|bench)/", "base/random.hpp"),
    (r"waitpid\s*\(\s*-1", r"(src|test)/", "wait for one's own pids"),
    (r"^\s*using namespace", r".*\.hpp$", "name what is used"),
    (r"\bTODO\b|\bFIXME\b|\bXXX\b", r"(src|include|test|bench|examples)/", "do it, or open an issue"),
    (r"^.{101,}$", r"(src|include|test|bench|examples)/.*\.[ch](pp)?$", "at most 100 columns"),
]
FILE_LINES_MAX = 400


def findings(root):
    here = pathlib.Path(__file__).resolve()
    for folder in ("src", "include", "test", "bench", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".cpp", ".hpp", ".c", ".h", ".py") or path.resolve() == here:
                continue
            name = str(path.relative_to(root))
            lines = path.read_text().splitlines()
            if len(lines) > FILE_LINES_MAX:
                yield name, len(lines), f"more than {FILE_LINES_MAX} lines: split it"
            for number, line in enumerate(lines, 1):
                code = line.split("//")[0] if path.suffix != ".py" else line
                for pattern, where, instead in BANS:
                    text = line if "TODO" in pattern or ".{101" in pattern else code
                    if re.match(where, name) and re.search(pattern, text):
                        yield name, number, f"'{re.search(pattern, text).group(0).strip()[:30]}': {instead}"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    count = 0
    for name, number, text in findings(root):
        print(f"{name}:{number}: {text}")
        count += 1
    sys.exit(1 if count else 0)


main()
