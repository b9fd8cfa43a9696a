"""generators: does the project's own load generator see what others see?

One server, brood's prefork with eight workers, asked for a small answer by eight clients: of `wrk`,
of `ab` and of the generator that `compare` and `peers` use, in turn, on kept connections and with a
connection for each request. Each has the load's core to itself. What a generator takes for itself
does not slow the server as long as the server's core is the narrower one.

Bounds: ours is within a tenth of what the others see, from the least of them to the greatest.
"""
import re
import statistics
import subprocess

import load
import machine
import servers
from benches import peers
from table import Table

CLIENTS = 8
TOLERANCE = 0.1


def generators(setup):
    """Requests/s of one server as wrk, ab and brood's own generator see them."""
    table = Table("generators", "one server under three load generators",
                  ("generator", "connections", "requests/s", "x wrk", "least-greatest"))
    with setup.all_of([servers.Brood(setup, "brood", servers.static_pool(CLIENTS))]) as live:
        live[0].wait_until_it_answers()
        for how in ("keep", "close"):
            seen = rounds_of(setup, live[0], how, table)
            rates = {name: statistics.median(each) for name, each in seen.items()}
            for name, each in seen.items():
                table.add(name, how, round(rates[name]), rates[name] / rates["wrk"],
                          f"{min(each):.0f}-{max(each):.0f}")
            others = [rate for name, rate in rates.items() if name != "brood"]
            table.check(f"{how}: ours / the slowest", rates["brood"] / min(others), ">=",
                        1 - TOLERANCE)
            table.check(f"{how}: ours / the fastest", rates["brood"] / max(others), "<=",
                        1 + TOLERANCE)
    return table


def rounds_of(setup, server, how, table):
    """The rates of every generator, by name."""
    tools = {"wrk": by_wrk, "brood": by_own}
    if machine.find_program("ab"):
        tools["ab"] = by_ab
    elif how == "keep":
        table.note("ab: not installed")
    rounds, seconds = (2, 1) if setup.quick else (7, 2)
    seen = {name: [] for name in tools}
    for number in range(rounds + 1):
        for name, run in tools.items():
            setup.progress(f"generators: {how}, round {number} of {rounds}, {name}")
            rate = run(setup, server, how, seconds)
            if number > 0:  # The first is to warm up.
                seen[name].append(rate)
    return seen


def by_wrk(setup, server, how, seconds):
    return load.wrk(setup, server, CLIENTS, seconds, load.CLOSE if how == "close" else ()).rate


def by_own(setup, server, how, seconds):
    return peers.generate(setup, server, how, seconds)["rate"]


def by_ab(setup, server, how, seconds):
    command = ["taskset", "-c", str(setup.load_core), machine.find_program("ab"), "-q",
               "-c", str(CLIENTS), "-t", str(seconds), "-n", "100000000"]
    command += ["-k"] if how == "keep" else []
    done = subprocess.run([*command, f"http://127.0.0.1:{server.port}{server.path}"],
                          capture_output=True, text=True, timeout=seconds + 30)
    rate = re.search(r"Requests per second:\s+([\d.]+)", done.stdout)
    if not rate:
        raise server.failure(f"ab got no answers: {done.stdout}{done.stderr}")
    return float(rate.group(1))
