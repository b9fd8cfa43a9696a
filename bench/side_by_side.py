"""The same load for several servers in turn: CPU per request, requests/s, PSS.

All servers are up together on one core, wrk is on another, and rounds go from one server to the
next, so that a slow moment hits all of them. Each figure is the median of the rounds.
"""
import statistics

import load
import measure
from table import Table


def ratio(cost, above, below):
    return cost[above] / cost[below] if above in cost and below in cost else None


def one_round(setup, server, connections, seconds, headers):
    pids = server.pids()
    before = measure.cpu_time(pids)
    run = load.wrk(setup, server, connections, seconds, headers)
    used = measure.cpu_time(pids) - before
    if used <= 0:
        raise server.failure("used no CPU time: who answered on its port?")
    return {"cost": used / run.requests * 1e6, "rate": run.rate, "pss": measure.pss(pids),
            "errors": run.errors}


def median(rounds, key):
    return statistics.median(one[key] for one in rounds)


def compare(setup, label, live, connections, headers=()):
    """Returns the rounds of each of the live servers, by server."""
    rounds, seconds = (2, 1) if setup.quick else (7, 3)
    for server in live:
        server.wait_until_it_answers()
        load.wrk(setup, server, connections, 1, headers)  # To warm up.
    results = {server: [] for server in live}
    for number in range(1, rounds + 1):
        for server in live:
            setup.progress(f"{label}: round {number} of {rounds}, {server.name}")
            results[server].append(one_round(setup, server, connections, seconds, headers))
    return results


def costs(results):
    """CPU microseconds per request, by the server's name."""
    return {server.name: median(rounds, "cost") for server, rounds in results.items()}


def add_rows(table, results, base, prefix=""):
    """A row a server; `base` is the name of the one that the others are held against."""
    cost = costs(results)
    for server, rounds in results.items():
        each = [one["cost"] for one in rounds]
        table.add(prefix + server.name, cost[server.name], ratio(cost, server.name, base),
                  round(median(rounds, "rate")), median(rounds, "pss"),
                  f"{min(each):.1f}-{max(each):.1f}")
        for errors in sorted({one["errors"] for one in rounds if one["errors"]}):
            table.note(f"{prefix}{server.name}: {errors}")


def new_table(name, title, base):
    return Table(name, title, ("server", "CPU us/request", f"x {base}", "requests/s", "PSS MiB",
                               "spread us"))
