#!/usr/bin/env python3
"""Draws the worker's states from the table in src/serve/pool/worker_state.cpp.

docs/protocol.md holds the drawing between two marks; without arguments this checks that it is the
one that the table gives, with --write it puts it there.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "src/serve/pool/worker_state.cpp"
DOCUMENT = ROOT / "docs/protocol.md"
BEGIN, END = "<!-- states: begin -->", "<!-- states: end -->"
STATES = ["INIT", "IDLE", "BUSY", "EXIT"]
WHY = {
    ("INIT", "IDLE"): "acknowledged",
    ("INIT", "EXIT"): "told to leave before it was acknowledged",
    ("IDLE", "BUSY"): "accepted a connection",
    ("IDLE", "EXIT"): "drained, or orphaned",
    ("BUSY", "IDLE"): "connection done",
    ("BUSY", "EXIT"): "connection done, and its quota is served or it was told to leave",
}


def legal_steps():
    source = TABLE.read_text()
    rows = re.findall(r"/\*(\w+)\*/\s*\{([^}]*)\}", source)
    steps = []
    for name, cells in rows:
        for other, cell in zip(STATES, cells.split(",")):
            if cell.strip() == "true":
                steps.append((name, other))
    return steps


def drawing():
    steps = legal_steps()
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> INIT: fork"]
    for step in steps:
        lines.append(f"  {step[0]} --> {step[1]}: {WHY.get(step, '?')}")
    lines += ["  EXIT --> [*]: reaped", "```", ""]
    lines += ["| from \\ to | " + " | ".join(STATES) + " |", "|---" * 5 + "|"]
    for state in STATES:
        cells = ["yes" if (state, other) in steps else "–" for other in STATES]
        lines.append(f"| **{state}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    drawn, after = rest.split(END)
    if "--write" in sys.argv:
        DOCUMENT.write_text(f"{before}{BEGIN}\n{drawing()}\n{END}{after}")
    elif drawn.strip() != drawing().strip():
        sys.exit("docs/protocol.md does not show the table of src/serve/pool/worker_state.cpp: "
                 "run test/tidy/states.py --write")


main()
