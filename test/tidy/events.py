#!/usr/bin/env python3
"""Holds the log's events in the code against the tables in the documents, both ways, and the
sentences for a terminal against the fields that the tables name."""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
documents = ["docs/operating.md", "docs/operating-balance.md"]

# How an event's name stands in the code.
names_in_code = re.compile(
    r'\bLogEvent\b[^;"]*?\.name = "(\w+)"'
    r'|\bevent\([^;"]*?Mark::\w+, "(\w+)"'
    r'|\b(?:dump_event|balancer_event|log_stop|log_server|tell_of_listeners)\("(\w+)"'
)


def events_in_code():
    found = {}
    for path in sorted((root / "src").rglob("*.cpp")):
        for match in names_in_code.finditer(path.read_text()):
            found.setdefault(next(filter(None, match.groups())), path.name)
    return found


def events_in_documents():
    """The fields of each event's row, those of all documents together."""
    found = {}
    for document in documents:
        for line in (root / document).read_text().splitlines():
            row = re.match(r"\| (`\w+`[^|]*)\| (?:debug|info|warn|error)[^|]*\|([^|]*)\|([^|]*)\|", line)
            if row:
                fields = set(re.findall(r"\w+", row.group(2) + row.group(3)))
                for name in re.findall(r"`(\w+)`", row.group(1)):
                    found.setdefault(name, set()).update(fields)
    return found


def sentences():
    text = (root / "src/report/sentences.cpp").read_text()
    for event, rest in re.findall(r'\{"(\w+)", (.*?)\},\n', text, re.DOTALL):
        yield event, set(re.findall(r"\{(\w+)", rest))


def main():
    code, told = events_in_code(), events_in_documents()
    faults = [f"{where}: the event {name} is in no table of {', '.join(documents)}"
              for name, where in code.items() if name not in told]
    faults += [f"{name} is in a table and in no code" for name in told if name not in code]
    census = {"idle", "busy", "starting", "exiting", "total"}
    options = {"handler", "start_workers", "max_workers", "model", "policy", "threads", "mode", "strategy"}
    for event, fields in sentences():
        known = told.get(event)
        if known is None:
            faults.append(f"sentences.cpp: there is no event {event}")
            continue
        allowed = known | (census if "census" in known else set())
        allowed |= options if event.endswith("_started") else set()
        for field in sorted(fields - allowed):
            faults.append(f"sentences.cpp: {event} has no field {field}")
    for fault in faults:
        print(fault)
    print(f"{len(code)} events, {len(faults)} faults")
    return 1 if faults or len(code) < 40 else 0


sys.exit(main())
