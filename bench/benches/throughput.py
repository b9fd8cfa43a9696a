"""keepalive, close: what a small GET costs with 8 workers, 8 connections and no think-time.

The figure is CPU time (user and system) per request over the server's whole process tree, the
supervisor included; requests/s and PSS are beside it. All servers are up together on one core, wrk
is on another, and rounds go from one server to the next, so that a slow moment hits all of them.
Each cell is the median of the rounds.

The blocking floor is what the kernel takes for accept, read, write and close. Bounds: the project's
goals of 1.2 times that floor for a request on a kept connection and 1.25 for a connection of one
request, set when a prototype that suppresses frames and parses with Beast reached 1.13 and one with
a frame for each change 1.56; four times cheaper than Apache prefork; and a supervisor whose picture
of the pool is never older than 10 ms, while it tells of each connection with `--verbose on`.
"""
import statistics

import load
import machine
import measure
import servers
from table import Table

WORKERS = CONNECTIONS = 8


def keepalive(setup):
    """CPU per request on kept connections: floors, brood, Apache prefork."""
    table, cost = compare(setup, "keepalive", "one small GET on a kept connection", close=False)
    table.check("CPU per request, brood / blocking floor", ratio(cost, "brood", "blocking floor"),
                "<=", 1.2, "x")
    table.check("CPU per request, Apache prefork / brood", ratio(cost, "Apache prefork", "brood"),
                ">=", 4.0, "x")
    return table


def close(setup):
    """CPU per connection of one request, and how old the supervisor's picture gets."""
    table, cost = compare(setup, "close", "a connection for each small GET", close=True)
    table.check("CPU per request, brood / blocking floor", ratio(cost, "brood", "blocking floor"),
                "<=", 1.25, "x")
    table.check("oldest picture of the pool under this load", cost["age_max_us"], "<=", 10_000,
                "us")
    return table


def ratio(cost, above, below):
    return cost[above] / cost[below] if above in cost and below in cost else None


def peers(setup):
    yield servers.floor(setup, "epoll", 1)
    yield servers.floor(setup, "blocking", WORKERS)
    yield servers.Brood(setup, "brood", servers.static_pool(WORKERS))
    if program := machine.find_program("apache2"):
        yield servers.apache(setup, program, "apache-small-file.conf", "/small.txt",
                             WORKERS=WORKERS)


def one_round(setup, server, seconds, close):
    pids = server.pids()
    before = measure.cpu_time(pids)
    run = load.wrk(setup, server, CONNECTIONS, seconds, close)
    used = measure.cpu_time(pids) - before
    if used <= 0:
        raise server.failure("used no CPU time: who answered on its port?")
    return {"cost": used / run.requests * 1e6, "rate": run.rate, "pss": measure.pss(pids),
            "errors": run.errors}


def compare(setup, name, title, close):
    rounds, seconds = (2, 1) if setup.quick else (7, 3)
    with setup.all_of(peers(setup)) as live:
        for server in live:
            server.wait_until_it_answers()
            load.wrk(setup, server, CONNECTIONS, 1, close)  # To warm up.
        results = {server: [] for server in live}
        for number in range(1, rounds + 1):
            for server in live:
                setup.progress(f"{name}: round {number} of {rounds}, {server.name}")
                results[server].append(one_round(setup, server, seconds, close))
        cost = {server.name: median(results[server], "cost") for server in live}
        brood = next(server for server in live if server.name == "brood")
        cost["age_max_us"] = brood.dump()[1]["age_max_us"]
    return show(name, title, results, cost), cost


def median(rounds, key):
    return statistics.median(one[key] for one in rounds)


def show(name, title, results, cost):
    table = Table(name, title, ("server", "CPU us/request", "x blocking floor", "requests/s",
                                "PSS MiB", "spread us"))
    for server, rounds in results.items():
        costs = [one["cost"] for one in rounds]
        table.add(server.name, cost[server.name], ratio(cost, server.name, "blocking floor"),
                  round(median(rounds, "rate")), median(rounds, "pss"),
                  f"{min(costs):.1f}-{max(costs):.1f}")
        for errors in sorted({one["errors"] for one in rounds if one["errors"]}):
            table.note(f"{server.name}: {errors}")
    if "Apache prefork" not in cost:
        table.note("Apache prefork: not installed: apt-get install apache2")
    return table
