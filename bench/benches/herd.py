"""herd: how many sleepers one connection wakes.

Connections of one request, one after the other, on static pools with 2 and with 64 idle workers.
Counted are the voluntary context switches of all workers: one that is woken for nothing goes to
sleep again, which is one more. With `--epoll-exclusive on` the kernel wakes one worker a
connection, however many sleep; with `off` (F462's way: plain epoll) it wakes every one of them.

Bound: the project's goal of 1.5 for the ratio of 64 to 2 workers, with `on` (a prototype had 1.2 to
1.4, and 65 with plain epoll).
"""
import statistics

import load
import measure
import servers
from table import Table

FEW, MANY = 2, 64


def herd(setup):
    """Context switches per connection with 2 and 64 idle workers, EPOLLEXCLUSIVE on and off."""
    rounds, connections = (2, 300) if setup.quick else (5, 2000)
    counts = {}
    for exclusive in ("on", "off"):
        pools = [pool(setup, FEW, exclusive), pool(setup, MANY, exclusive)]
        with setup.all_of(pools) as live:
            for server, count in zip(live, (FEW, MANY)):
                server.wait_until_idle(count)
                load.one_by_one(server, connections // 10)
            for number in range(1, rounds + 1):
                for server, count in zip(live, (FEW, MANY)):
                    setup.progress(f"herd: exclusive {exclusive}, round {number} of {rounds}, "
                                   f"{count} workers")
                    counts.setdefault((exclusive, count), []).append(
                        switches(server, connections))
    return show(counts)


def pool(setup, count, exclusive):
    return servers.Brood(setup, f"brood {count}", [
        *servers.static_pool(count), "--epoll-exclusive", exclusive, "--log-level", "debug"])


def switches(server, connections):
    workers = server.pids()[1:]
    before = measure.voluntary_switches(workers)
    if failures := load.one_by_one(server, connections):
        raise server.failure(f"{failures} of {connections} connections failed")
    return (measure.voluntary_switches(workers) - before) / connections


def show(counts):
    table = Table("herd", "voluntary context switches of all workers per connection",
                  ("epoll-exclusive", f"{FEW} idle", f"{MANY} idle", "ratio"))
    ratios = {}
    for exclusive in ("on", "off"):
        few, many = (statistics.median(counts[exclusive, count]) for count in (FEW, MANY))
        ratios[exclusive] = many / few
        table.add(exclusive, few, many, many / few)
    table.check(f"{MANY} idle / {FEW} idle, epoll-exclusive on", ratios["on"], "<=", 1.5, "x")
    return table
