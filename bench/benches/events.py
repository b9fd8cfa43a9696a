"""events: what a small GET costs in an event-driven worker: one worker on one core, 32 connections.

Beside it the floor of such a worker (epoll, read, write a fixed reply; no parsing) and nginx's
`return 200` with one worker. Kept connections and a connection for each request, each with wrk's
own request of 41 bytes and with one of 300 bytes as a browser's.

Bounds: the project's goals: on kept connections 1.25 times the floor and no dearer than nginx, and
no dearer than nginx with a connection for each request.
"""
import machine
import servers
from load import BROWSER, CLOSE
from side_by_side import add_rows, compare, costs, new_table, ratio

CONNECTIONS = 32
REQUESTS = {"kept, 41 bytes": (), "kept, browser": BROWSER,
            "close, 41 bytes": CLOSE, "close, browser": BROWSER + CLOSE}


def events(setup):
    """CPU per request of one event-driven worker, against its floor and nginx."""
    table = new_table("events", "one small GET, one event-driven worker", "epoll floor")
    with setup.all_of(peers(setup)) as live:
        for label, headers in REQUESTS.items():
            results = compare(setup, f"events, {label}", live, CONNECTIONS, headers)
            add_rows(table, results, "epoll floor", f"{label}: ")
            check(table, label, costs(results))
    return table


def peers(setup):
    yield servers.floor(setup, "epoll", 1)
    yield servers.Brood(setup, "brood", servers.one_worker())
    if program := machine.find_program("nginx"):
        yield servers.nginx(setup, program, "nginx-return.conf")


def check(table, label, cost):
    if label.startswith("kept"):
        table.check(f"{label}: brood / epoll floor", ratio(cost, "brood", "epoll floor"), "<=",
                    1.25, "x")
    table.check(f"{label}: brood / nginx", ratio(cost, "brood", "nginx"), "<=", 1.0, "x")
