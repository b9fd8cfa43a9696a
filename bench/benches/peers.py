"""peers: brood's models beside what Debian has, under the project's own load generator.

The same two loads for everybody: eight clients that ask for a small answer, on kept connections and
with a connection for each request. Figures are CPU (user and system) per request over the whole
process tree, requests/s and p99; ratios are to brood's prefork. A server that closes each connection
whatever it is asked is so measured. No bounds: a peer does another job, and is shown, not beaten.
"""
import contextlib
import re
import statistics
import subprocess

import applications
import machine
import measure
import servers
from table import Table

WORKERS = CLIENTS = 8
# Not `process` and `thread`: what has ended cannot be measured from outside; `brood compare` has them.
MODELS = {"prefork": servers.static_pool(WORKERS), "prefork-epoll": servers.static_pool(1),
          "thread-pool": ("--think-time", "0", "--threads", WORKERS),
          "evented": ("--think-time", "0")}


def peers(setup):
    """CPU, requests/s and p99 of every model of brood and of every peer that is installed."""
    table = Table("peers", "a small answer: brood's models and others",
                  ("server", "kept us", "x prefork", "requests/s", "p99 us", "closed us", "x prefork",
                   "requests/s", "p99 us", "errors"))
    results = {}
    for server in everybody(setup, table):
        with setup.all_of([server]) as live, noted(table, server):
            results[server.name] = [one_load(setup, live[0], how) for how in ("keep", "close")]
    base = results["brood prefork"]
    for name, loads in results.items():
        cells = []
        for load, first in zip(loads, base):
            cells += [load["cost"], load["cost"] / first["cost"], round(load["rate"]),
                      round(load["p99"])]
        table.add(name, *cells, sum(load["errors"] for load in loads))
    return table


@contextlib.contextmanager
def noted(table, server):
    """A peer that does not run here is left out, and the table says why."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(server, servers.Brood):
            raise
        table.note(str(error))


def everybody(setup, table):
    for model, options in MODELS.items():
        yield servers.Brood(setup, f"brood {model}", ["--model", model, *options])
    for program, start in PEERS:
        if found := machine.find_program(program):
            yield from start(setup, found)
        else:
            table.note(f"{program}: not installed")


def start_apache(setup, program):
    yield servers.apache(setup, program, "apache-small-file.conf", "/small.txt", WORKERS=WORKERS)
    yield applications.configured(
        setup, "Apache event", [program, "-DFOREGROUND", "-f"], "apache-event.conf",
        user=applications.as_user("User www-data\nGroup www-data"))


def start_php(setup, program):
    if nginx := machine.find_program("nginx"):
        yield applications.php(setup, program, nginx, WORKERS)


PEERS = (
    ("nginx", lambda setup, found: [servers.nginx(setup, found, "nginx-return.conf")]),
    ("haproxy", lambda setup, found: [applications.configured(
        setup, "HAProxy", [found, "-db", "-f"], "haproxy-return.cfg")]),
    ("lighttpd", lambda setup, found: [applications.configured(
        setup, "lighttpd", [found, "-D", "-f"], "lighttpd.conf")]),
    ("h2o", lambda setup, found: [applications.configured(
        setup, "h2o", [found, "-c"], "h2o.conf", user=applications.as_user("user: www-data"))]),
    ("apache2", start_apache),
    ("gunicorn", lambda setup, found: [applications.gunicorn(setup, found, kind, WORKERS)
                                       for kind in ("sync", "gthread")]),
    ("uwsgi", lambda setup, found: [applications.uwsgi(setup, found, WORKERS)]),
    ("php-fpm8.2", start_php),
)


def one_load(setup, server, how):
    rounds, seconds = (2, 1) if setup.quick else (5, 2)
    server.wait_until_it_answers()
    generate(setup, server, how, 1)  # To warm up.
    seen = []
    for number in range(1, rounds + 1):
        setup.progress(f"peers: {server.name}, {how}, round {number} of {rounds}")
        before = measure.cpu_time(server.pids())
        load = generate(setup, server, how, seconds)
        load["cost"] = (measure.cpu_time(server.pids()) - before) / load["answers"] * 1e6
        seen.append(load)
    return {key: statistics.median(one[key] for one in seen) for key in seen[0]}


def generate(setup, server, how, seconds):
    """One run of bench-load."""
    command = [setup.build / "bench" / "bench-load", f"127.0.0.1:{server.port}", server.path,
               "closed", CLIENTS, how, seconds]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=seconds + 30)
    said = dict(re.findall(r"([\w-]+)=([\d.]+)", done.stdout))
    if done.returncode != 0 or float(said.get("answers", 0)) == 0:
        raise server.failure(f"bench-load got no answers: {done.stdout}{done.stderr}")
    errors = sum(float(said[kind]) for kind in
                 ("connect", "reset", "cut-off", "timed-out", "malformed", "status"))
    return {"answers": float(said["answers"]), "rate": float(said["rate"]),
            "p99": float(said["p99_us"]), "errors": int(errors)}
