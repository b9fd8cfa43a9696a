#!/usr/bin/env python3
"""Holds every #include of src/ against the table of levels: own folder or lower, never an equal;
never the other wing; the laboratory from nowhere but itself.

Also what a folder may not use at all: Asio and Boost.Log below the supervisor, for instance.
Exit status 1 and one line a finding.
"""
import pathlib
import re
import sys

# The wings, serve and balance, never see each other.
LEVELS = {
    "base": 0,
    "wire": 1, "http": 1, "report": 1,
    "os": 2,
    "log": 3, "net": 3, "control": 3,
    "control/socket": 4, "serve/pool": 4, "balance/routing": 4, "lab/plots": 4,
    "serve/handlers": 5, "balance/health": 5, "lab/sim": 5, "lab/load": 5,
    "serve/worker": 6, "serve/supervisor": 6, "balance/forwarding": 6, "lab/compare": 6,
    "serve/models": 7, "balance/balancer": 7,
    "cli": 8,
    "lab/commands": 9,
}
WINGS = {"serve", "balance"}

ASIO = {"control/socket", "serve/supervisor", "balance/health", "balance/balancer"}
THREADS = {"net", "serve/models", "balance/forwarding", "balance/balancer"}
PURE = {"wire", "http", "report", "control", "serve/pool", "balance/routing", "lab/plots",
        "lab/sim"}

# Rules are pure, and a worker keeps away from what was forked with it.
BANNED = {
    r"boost/asio": set(LEVELS) - ASIO - {"log", "cli", "lab/commands", "balance/forwarding"},
    r"boost/log": set(LEVELS) - {"log"},
    r"boost/program_options": set(LEVELS) - {"cli", "lab/commands"},
    r"boost/beast": set(LEVELS),
    r"(sys/socket|netinet/.*|poll|unistd|fcntl)\.h$": PURE,
    r"(thread|mutex|future)$": set(LEVELS) - THREADS,
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def findings(root):
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        folder = str(path.relative_to(root / "src").parent)
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
    other = name.rpartition("/")[0]
    if other not in LEVELS:
        yield path, number, f'"{name}" names no folder of src/'
    elif {folder.split("/")[0], other.split("/")[0]} == WINGS:
        yield path, number, f"{folder} and {other} are of different wings: they never see each other"
    elif other.startswith("lab/") and not folder.startswith("lab/"):
        yield path, number, f"{folder} is part of the daemon, which has nothing of the laboratory"
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
