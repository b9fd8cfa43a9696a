"""balance: what carrying a request over costs, on one core, before three servers.

The figure is CPU time per request in the balancer alone: the servers (the epoll floor, or `brood
serve --handler files`) run beside wrk on the other core. A small GET on 32 kept connections, the
same with a connection for each request, and replies of 1 MiB. The floor carries bytes and does
nothing else; it has a connection to a server for each client and cannot keep one for the next.

Bounds: the project's goals: on kept connections 0.95 times the cheaper of HAProxy and nginx; with a
connection for each request, no dearer than the cheaper; 1 MiB, no dearer than HAProxy, which
splices. Two threads carry 1.7 times what one does: seen in the CPU time per request, for the second
core is the load's.
"""
import balancers
import servers
from load import CLOSE
from side_by_side import add_rows, compare, costs, new_table, ratio

CONNECTIONS = 32
LARGE_CONNECTIONS = 8
PEERS = ("HAProxy", "nginx")


def balance(setup):
    """CPU per request in the balancer, against a byte proxy, HAProxy and nginx."""
    table = new_table("balance", "one request carried over to one of three servers", PEERS[0])
    with setup.all_of(small_servers(setup)) as behind, \
            setup.all_of(balancers_before(setup, behind)) as live:
        for label, headers in {"kept": (), "close": CLOSE}.items():
            results = compare(setup, f"balance, {label}", live, CONNECTIONS, headers)
            add_rows(table, results, PEERS[0], f"{label}: ")
            check(table, label, costs(results))
    with setup.all_of(large_servers(setup)) as behind, \
            setup.all_of(balancers_before(setup, behind)) as live:
        results = compare(setup, "balance, 1 MiB", live, LARGE_CONNECTIONS)
        add_rows(table, results, PEERS[0], "1 MiB: ")
        check(table, "1 MiB", costs(results))
    balancers.note_absent(table)
    return table


def small_servers(setup):
    for _ in range(3):
        yield servers.floor(setup, "epoll", 1)


def large_servers(setup):
    www = setup.scratch / "balance"
    www.mkdir()
    (www / "large.txt").write_bytes(b"x" * (1024 * 1024 - 1) + b"\n")
    for number in range(3):
        server = servers.Brood(setup, f"server {number}", [
            *servers.one_worker(), "--handler", "files", "--root", str(www)])
        server.path = "/large.txt"
        yield server


def balancers_before(setup, behind):
    for server in behind:
        server.wait_until_it_answers()
        server.move_to(setup.load_core)
    yield balancers.floor(setup, behind)
    yield balancers.brood(setup, "brood", behind)
    yield balancers.brood(setup, "brood tcp", behind, ["--mode", "tcp"])
    yield balancers.brood(setup, "brood 2 threads", behind, ["--threads", "2"])
    for peer in (balancers.haproxy(setup, "HAProxy", behind),
                 balancers.haproxy(setup, "HAProxy tcp", behind, "tcp", "option splice-auto"),
                 balancers.nginx(setup, behind)):
        if peer:
            yield peer


def check(table, label, cost):
    peers = [cost[name] for name in PEERS if name in cost]
    cheaper = min(peers) if peers else None
    against = cost["brood"] / cheaper if cheaper else None
    if label == "1 MiB":
        cheapest = min((cost[name] for name in ("HAProxy", "HAProxy tcp") if name in cost),
                       default=None)
        table.check("1 MiB: brood / HAProxy", cost["brood"] / cheapest if cheapest else None,
                    "<=", 1.0, "x")
        return
    table.check(f"{label}: brood / the cheaper peer", against, "<=",
                0.95 if label == "kept" else 1.0, "x")
    if label == "kept":
        one_over_two = ratio(cost, "brood", "brood 2 threads")
        table.check("kept: what two threads carry / what one does",
                    2 * one_over_two if one_over_two else None, ">=", 1.7, "x")
