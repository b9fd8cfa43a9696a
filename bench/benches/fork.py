"""fork: how long from the moment before fork() until the new worker is IDLE for the first time.

Way there: fork, back to default signals, close what is the parent's, restrict the scoreboard, say
INIT, be acknowledged by the supervisor, make an epoll, become IDLE. The worker stamps that moment
in its page, and the supervisor logs the difference (`worker_ready`, `start_us`). Workers are made
one at a time: a static pool of one worker that is recycled after each connection.

It is held against what the same image takes for a bare fork + _exit + waitpid: bench-fork-probe is
`brood serve` which does that in a loop in the same process, after everything is bound and mapped,
just before it forks its first worker. Both are done in the same rhythm, with a pause before each:
a loop without one would find warm caches, which nobody who makes a worker now and then does. The
product's own time is in the table too. Servers are on one core, their client on another; medians
over all samples of all rounds.

Bound: the project's goal of 1.5 times.
"""
import statistics
import time

import load
import servers
from table import Table

PAUSE_MS = 15  # The supervisor looks every 5 ms: it is to see each new worker idle, and to rest.


def fork(setup):
    """From fork to first IDLE, against a bare fork + exit + wait of the same image."""
    rounds, samples = (1, 100) if setup.quick else (5, 200)
    bare, probed, product = [], [], []
    for number in range(1, rounds + 1):
        setup.progress(f"fork: round {number} of {rounds}")
        probe = [setup.build / "bench" / "bench-fork-probe", samples, PAUSE_MS]
        with setup.all_of([recycler(setup, "fork probe", probe)]) as (server,):
            probed += start_times(server, samples)
            words = next(line for line in server.output().splitlines()
                         if line.startswith("bare_ns")).split()
            bare += [int(word) / 1000 for word in words[1:]]
        with setup.all_of([recycler(setup, "brood", None)]) as (server,):
            product += start_times(server, samples)
    return show(bare, probed, product)


def recycler(setup, name, program):
    return servers.Brood(setup, name, [*servers.static_pool(1), "--max-requests", "1",
                                       "--log-level", "debug"], program)


def start_times(server, samples):
    server.wait_until_it_answers()
    for _ in range(samples):
        load.one_by_one(server, 1)
        time.sleep(PAUSE_MS / 1000)
    server.wait_until_idle(samples)
    # The first worker's start has the supervisor's own in it.
    return [event["start_us"] for event in server.events("worker_ready")][1:]


def show(bare, probed, product):
    table = Table("fork", "making a worker",
                  ("what", "median us", "10 %", "90 %", "samples", "x bare"))
    base = statistics.median(bare)
    for name, times in (("bare fork + exit + wait, same process", bare),
                        ("fork to first IDLE, same process", probed),
                        ("fork to first IDLE, brood itself", product)):
        tenths = statistics.quantiles(times, n=10)
        middle = statistics.median(times)
        table.add(name, middle, tenths[0], tenths[-1], len(times), middle / base)
    table.check("fork to first IDLE / bare fork + exit + wait",
                statistics.median(probed) / base, "<=", 1.5, "x")
    return table
