"""head: what it takes to read one request's head, beside Boost.Beast's parser.

bench-head-reader reads the same 303 bytes, a browser's request with nine fields, again and again:
by the server's whole session up to the point at which a handler would be asked (lines, target,
Host, framing and limits are checked), by a bare subclass of Beast's basic_parser that only stores
views, and by Beast's request_parser as a server would use it. All are in one process on one core,
in turns of a few milliseconds, each with a copy of the bytes into its buffer as recv(2) would make.

Bound: the project's goal, the medians of session and bare subclass by each other.
"""
import statistics
import subprocess

from table import Table

HEADS_A_ROUND = 20_000
NAMES = {"session": "the server's session", "beast_views": "Beast, bare, stores views",
         "beast_request": "Beast's request_parser"}


def head(setup):
    """Reading one request's head, against Boost.Beast's parser."""
    rounds = 20 if setup.quick else 200
    setup.progress(f"head: {rounds} rounds of {HEADS_A_ROUND} heads for each of {len(NAMES)}")
    times = read_heads(setup, rounds)
    base = statistics.median(times["beast_views"])
    table = Table("head", "a request of 303 bytes, up to its handler",
                  ("reader", "median ns", "10 %", "90 %", "x Beast, bare"))
    for name, title in NAMES.items():
        tenths = statistics.quantiles(times[name], n=10)
        middle = statistics.median(times[name])
        table.add(title, middle, tenths[0], tenths[-1], middle / base)
    table.check("session / Beast, bare", statistics.median(times["session"]) / base, "<=", 1.25,
                "x")
    return table


def read_heads(setup, rounds):
    """The nanoseconds of a head in each round, by the reader's name."""
    done = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(setup.server_core),
         setup.build / "bench" / "bench-head-reader", str(rounds), str(HEADS_A_ROUND)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[0]: [float(word) for word in words[1:]] for words in lines}
