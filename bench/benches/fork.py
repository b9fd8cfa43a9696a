"""fork: how long from the moment before fork() until the new worker is IDLE for the first time.

Way there: fork, back to default signals, close what is the parent's, restrict the scoreboard, say
INIT, be acknowledged by the supervisor, make an epoll, become IDLE. The worker stamps that moment
in its page, and the supervisor logs the difference (`worker_ready`, `start_us`). Workers are made
one at a time: a static pool of one worker that is recycled after each connection.

It is held against what the same image takes for a bare fork + _exit + waitpid: bench-fork-probe is
`brood serve` which does that in a loop in the same process, when its handler is made, just
before it binds and forks its first worker. Both are done in two rhythms: one right after the other, with
warm caches, and with a pause before each, as when a worker is needed now and then. The product's
own time is in the table too. Servers are on one core, their client on another; medians over all
samples of all rounds.

Bound: the project's goal of 1.5 times, in either rhythm.
"""
import statistics
import time

import load
import servers
from table import Table

# The supervisor looks every few ms: in a pause it sees the new worker idle, and goes to rest.
RHYTHMS = {"one after the other": 0, "with pauses": 15}  # Pauses in ms.


def fork(setup):
    """From fork to first IDLE, against a bare fork + exit + wait of the same image."""
    table = Table("fork", "making a worker",
                  ("what", "median us", "10 %", "90 %", "samples", "x bare"))
    for rhythm, pause_ms in RHYTHMS.items():
        show(table, rhythm, *measure_rhythm(setup, rhythm, pause_ms))
    return table


def measure_rhythm(setup, rhythm, pause_ms):
    """Returns the times in us: bare, to IDLE in the same process, to IDLE in the product."""
    rounds, samples = (1, 100) if setup.quick else (5, 200)
    bare, probed, product = [], [], []
    for number in range(1, rounds + 1):
        setup.progress(f"fork: {rhythm}, round {number} of {rounds}")
        probe = [setup.build / "bench" / "bench-fork-probe", samples, pause_ms]
        with setup.all_of([recycler(setup, "fork probe", probe)]) as (server,):
            probed += start_times(server, samples, pause_ms)
            words = next(line for line in server.output().splitlines()
                         if line.startswith("bare_ns")).split()
            bare += [int(word) / 1000 for word in words[1:]]
        with setup.all_of([recycler(setup, "brood", None)]) as (server,):
            product += start_times(server, samples, pause_ms)
    return bare, probed, product


def recycler(setup, name, program):
    return servers.Brood(setup, name, [*servers.static_pool(1), "--max-requests", "1",
                                       "--log-level", "debug"], program)


def start_times(server, samples, pause_ms):
    server.wait_until_it_answers()
    for _ in range(samples):
        load.one_by_one(server, 1)
        time.sleep(pause_ms / 1000)
    server.wait_until_idle(samples)
    # The first worker's start has the supervisor's own in it. No start takes no time: a 0 is that
    # of a worker whose stamp the supervisor did not believe.
    times = [event["start_us"] for event in server.events("worker_ready")][1:]
    believed = [time_us for time_us in times if time_us > 0]
    if len(believed) < len(times) * 0.9:
        raise server.failure(f"{len(times) - len(believed)} of {len(times)} starts have no time")
    return believed


def show(table, rhythm, bare, probed, product):
    base = statistics.median(bare)
    for name, times in (("bare fork + exit + wait", bare),
                        ("fork to first IDLE, same process", probed),
                        ("fork to first IDLE, brood itself", product)):
        tenths = statistics.quantiles(times, n=10)
        middle = statistics.median(times)
        table.add(f"{rhythm}: {name}", float(middle), tenths[0], tenths[-1], len(times),
                  middle / base)
    table.check(f"{rhythm}: fork to first IDLE / bare", statistics.median(probed) / base, "<=",
                1.5, "x")
