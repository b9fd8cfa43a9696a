"""files: what a file costs on a kept connection: 1 KiB and 1 MiB, 8 connections, one core.

All serve the same tree: brood with one event-driven worker, brood with eight blocking ones, nginx
with one worker and sendfile, Apache prefork with eight processes.

Bounds: the project's goals: the event-driven worker no dearer than nginx, and at 1 KiB four times
cheaper than Apache prefork.
"""
import machine
import servers
from side_by_side import add_rows, compare, costs, new_table, ratio

WORKERS = CONNECTIONS = 8
SIZES = {"1 KiB": 1024, "1 MiB": 1024 * 1024}


def files(setup):
    """CPU per file of 1 KiB and 1 MiB, against nginx and Apache prefork."""
    www = setup.scratch / "files"
    www.mkdir()
    table = new_table("files", "one file on a kept connection", "nginx")
    for label, size in SIZES.items():
        name = f"{size}.txt"
        (www / name).write_bytes(b"x" * (size - 1) + b"\n")
        with setup.all_of(peers(setup, www, f"/{name}")) as live:
            results = compare(setup, f"files, {label}", live, CONNECTIONS)
        add_rows(table, results, "nginx", f"{label}: ")
        check(table, label, costs(results))
    return table


def peers(setup, www, path):
    handler = ["--handler", "files", "--root", str(www)]
    yield at(path, servers.Brood(setup, "brood", [*servers.one_worker(), *handler]))
    yield at(path, servers.Brood(setup, "brood prefork",
                                 [*servers.static_pool(WORKERS), *handler]))
    if program := machine.find_program("nginx"):
        yield servers.nginx(setup, program, "nginx-files.conf", path, WWW=www)
    if program := machine.find_program("apache2"):
        yield servers.apache(setup, program, "apache-small-file.conf", path, WORKERS=WORKERS,
                             WWW=www)


def at(path, server):
    server.path = path
    return server


def check(table, label, cost):
    table.check(f"{label}: brood / nginx", ratio(cost, "brood", "nginx"), "<=", 1.0, "x")
    if label == "1 KiB":
        table.check(f"{label}: Apache prefork / brood", ratio(cost, "Apache prefork", "brood"),
                    ">=", 4.0, "x")
