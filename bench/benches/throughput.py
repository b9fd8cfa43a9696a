"""keepalive, close: what a small GET costs with 8 workers, 8 connections and no think-time.

The figure is CPU time (user and system) per request over the server's whole process tree, the
supervisor included; requests/s and PSS are beside it (side_by_side.py).

The blocking floor is what the kernel takes for accept, read, write and close. Bounds: the project's
goals of 1.2 times that floor for a request on a kept connection and 1.25 for a connection of one
request, set when a prototype that suppresses frames and parses with Beast reached 1.13 and one with
a frame for each change 1.56; four times cheaper than Apache prefork; and a supervisor whose picture
of the pool is never older than 10 ms, while it tells of each connection with `--verbose on`.
"""
import machine
import servers
from load import CLOSE
from side_by_side import add_rows, compare, costs, new_table, ratio

WORKERS = CONNECTIONS = 8


def keepalive(setup):
    """CPU per request on kept connections: floors, brood, Apache prefork."""
    table, cost, _ = run(setup, "keepalive", "one small GET on a kept connection", ())
    table.check("CPU per request, brood / blocking floor", ratio(cost, "brood", "blocking floor"),
                "<=", 1.2, "x")
    table.check("CPU per request, Apache prefork / brood", ratio(cost, "Apache prefork", "brood"),
                ">=", 4.0, "x")
    return table


def close(setup):
    """CPU per connection of one request, and how old the supervisor's picture gets."""
    table, cost, age_max_us = run(setup, "close", "a connection for each small GET", CLOSE)
    table.check("CPU per request, brood / blocking floor", ratio(cost, "brood", "blocking floor"),
                "<=", 1.25, "x")
    table.check("oldest picture of the pool under this load", age_max_us, "<=", 10_000, "us")
    return table


def peers(setup):
    yield servers.floor(setup, "epoll", 1)
    yield servers.floor(setup, "blocking", WORKERS)
    yield servers.Brood(setup, "brood", servers.static_pool(WORKERS))
    if program := machine.find_program("apache2"):
        yield servers.apache(setup, program, "apache-small-file.conf", "/small.txt",
                             WORKERS=WORKERS)


def run(setup, name, title, headers):
    """Returns the table, the costs by name, and the oldest picture that the supervisor had."""
    table = new_table(name, title, "blocking floor")
    with setup.all_of(peers(setup)) as live:
        results = compare(setup, name, live, CONNECTIONS, headers)
        brood = next(server for server in live if server.name == "brood")
        age_max_us = brood.dump()[1]["age_max_us"]
    add_rows(table, results, "blocking floor")
    cost = costs(results)
    if "Apache prefork" not in cost:
        table.note("Apache prefork: not installed: apt-get install apache2")
    return table, cost, age_max_us
