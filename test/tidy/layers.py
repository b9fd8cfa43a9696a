#!/usr/bin/env python3
"""Holds every #include of src/ against the table of levels: own folder or lower, never an equal.

Also what a folder may not use at all: Asio and Boost.Log below the supervisor, for instance.
Exit status 1 and one line a finding.
"""
import pathlib
import re
import sys

LEVELS = {
    "base": 0,
    "wire": 1, "http": 1, "report": 1,
    "pool": 2, "routing": 2, "os": 2, "log": 2,
    "sim": 3, "handlers": 3,
    "worker": 4, "supervisor": 4, "proxy": 4, "load": 4,
    "models": 5, "compare": 5,
    "cli": 6,
}

# The rules of the pool are pure, and a worker keeps away from what was forked with it.
BANNED = {
    r"boost/asio": {"base", "wire", "http", "report", "pool", "routing", "os", "sim", "handlers", "worker", "load", "models", "compare"},
    r"boost/log": {"proxy", "supervisor", "base", "wire", "http", "report", "pool", "routing", "os", "sim", "handlers", "worker", "load", "models", "compare", "cli"},
    r"boost/program_options": set(LEVELS) - {"cli"},
    r"boost/beast": set(LEVELS),
    r"(sys/socket|netinet/.*|poll|unistd|fcntl)\.h$": {"wire", "http", "report", "pool", "routing", "sim"},
    r"(thread|mutex|future)$": set(LEVELS) - {"proxy", "models"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def findings(root):
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        folder = path.relative_to(root / "src").parts[0]
        if folder not in LEVELS:
            yield path, 1, f"folder {folder} has no level: add it to the table"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                yield from judge(path, number, folder, *match.groups())


def judge(path, number, folder, quote, name):
    for pattern, folders in BANNED.items():
        if folder in folders and re.match(pattern, name):
            yield path, number, f"{folder} may not include {name}"
    if quote != '"':
        return
    other = name.split("/")[0]
    if other not in LEVELS:
        yield path, number, f'"{name}" names no folder of src/'
    elif other != folder and LEVELS[other] >= LEVELS[folder]:
        yield path, number, f"{folder} (level {LEVELS[folder]}) may not see {other} (level {LEVELS[other]})"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    count = 0
    for path, number, text in findings(root):
        print(f"{path.relative_to(root)}:{number}: {text}")
        count += 1
    sys.exit(1 if count else 0)


main()
