"""tails: latency before four pre-fork servers, open loop, one of them three times slower.

1100 requests a second at random (Poisson) moments, each on a connection of its own; latency counts
from the intended moment. Four servers of 8 workers, service drawn from an exponential distribution
of 20 ms, 60 ms at one: 83 % of what they can do. Once through one balancer, once through four that
know nothing of each other, each with a quarter of the requests.

HAProxy is set for pre-fork servers as its manual has it: a connection to a server ends with its
request (`http-server-close`), for an idle one would hold a worker; `maxconn` is the number of
workers, divided among the balancers.

Bounds: the project's goals. A queue that knows every worker at every moment has a p99 of 101 ms in
simulation; ours through one balancer at most 1.2 times that and below HAProxy's (least connections)
in the same run; through four at most 0.8 times that of four HAProxys. Nothing is lost.
"""
import asyncio
import random
import time

import balancers
import servers
from table import Table

RATE = 1100
SERVERS, WORKERS = 4, 8
SERVICE_MS, SLOW_MS = 20, 60
OMNISCIENT_P99_MS = 101
QUANTILES = (0.5, 0.9, 0.99, 0.999)


def tails(setup):
    """p99 before four unequal pre-fork servers, one and four balancers, against HAProxy."""
    table = Table("tails", f"{RATE} requests/s, {SERVERS} servers of {WORKERS} workers, one slow",
                  ("balancer", *(f"p{100 * q:g} ms" for q in QUANTILES), "requests", "lost"))
    p99 = {}
    with setup.all_of(slow_and_quick(setup)) as behind:
        for server in behind:
            server.wait_until_it_answers()
        for count in (1, 4):
            for name, start in kinds(setup, behind, count).items():
                if figures := measured(setup, name, start, count):
                    p99[name, count] = figures[2]
                    table.add(f"{count} x {name}", *figures)
    balancers.note_absent(table)
    check(table, p99)
    return table


def slow_and_quick(setup):
    for number in range(SERVERS):
        mean = SLOW_MS if number == 0 else SERVICE_MS
        yield servers.Brood(setup, f"server {number}", [
            *servers.static_pool(WORKERS)[:-2], "--think-time", f"exp:{mean}ms"])


def kinds(setup, behind, count):
    options = "option httpchk GET /healthcheck\n  option http-server-close"
    return {"brood": lambda: balancers.brood(setup, "brood", behind, health="entries"),
            "HAProxy": lambda: balancers.haproxy(setup, "HAProxy", behind, options=options,
                                                 per_server=f"maxconn {WORKERS // count}")}


def measured(setup, name, start, count):
    """A row's figures; None where the peer is not installed."""
    seconds = 5 if setup.quick else 20
    live = [start() for _ in range(count)]
    if None in live:
        return None
    with setup.all_of(live):
        for balancer in live:
            balancer.wait_until_it_answers()
        setup.progress(f"tails: {count} x {name}, {seconds} s")
        arrivals = Arrivals([balancer.port for balancer in live], RATE, seconds)
        return arrivals.run()


def check(table, p99):
    one, four = p99.get(("brood", 1)), p99.get(("brood", 4))
    table.check("one balancer: p99 / omniscient queue", one / OMNISCIENT_P99_MS, "<=", 1.2, "x")
    if ("HAProxy", 1) in p99:
        table.check("one balancer: p99 / HAProxy", one / p99["HAProxy", 1], "<=", 1.0, "x")
        table.check("four balancers: p99 / HAProxy", four / p99["HAProxy", 4], "<=", 0.8, "x")


class Arrivals:
    """Requests at random moments, to each of the ports in turn, whatever has become of others."""

    answer_timeout = 20

    def __init__(self, ports, rate, seconds):
        self.ports, self.rate, self.seconds = ports, rate, seconds
        self.random = random.Random(1)
        self.latencies, self.lost = [], 0
        self.began = 0.0

    def run(self):
        """Quantiles in ms, the number of requests, and of those lost."""
        asyncio.run(self._run_all())
        ordered = sorted(self.latencies)
        at = [1e3 * ordered[min(int(len(ordered) * q), len(ordered) - 1)] for q in QUANTILES]
        return [*at, len(ordered) + self.lost, self.lost]

    async def _run_all(self):
        self.began, moment, tasks = time.monotonic(), 0.0, []
        while moment < self.seconds:
            moment += self.random.expovariate(self.rate)
            if (wait := moment - self._now()) > 0:
                await asyncio.sleep(wait)
            port = self.ports[len(tasks) % len(self.ports)]
            tasks.append(asyncio.create_task(self._request(port, moment)))
        await asyncio.gather(*tasks)

    def _now(self):
        return time.monotonic() - self.began

    async def _request(self, port, moment):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(-1), self.answer_timeout)
            writer.close()
        except (OSError, asyncio.TimeoutError):
            answer = b""
        if answer.startswith(b"HTTP/1.1 200"):
            self.latencies.append(self._now() - moment)
        else:
            self.lost += 1
