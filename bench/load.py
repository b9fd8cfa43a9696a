"""Loads: wrk for rates, one connection after the other for wake-ups, a crowd for bursts."""
import asyncio
import collections
import re
import subprocess
import time

Run = collections.namedtuple("Run", "requests rate errors")


CLOSE = ("Connection: close",)
# With wrk's own Host a request of 300 bytes and eight fields, as a browser's.
BROWSER = ("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
           "Accept: text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language: en-US,en;q=0.5",
           "Accept-Encoding: gzip, deflate", "DNT: 1", "Upgrade-Insecure-Requests: 1")


def wrk(setup, server, connections, seconds, headers=()):
    """wrk with one thread on the load's core."""
    command = ["taskset", "-c", str(setup.load_core), "wrk", "-t1", f"-c{connections}",
               f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    done = subprocess.run(command + [f"http://127.0.0.1:{server.port}{server.path}"],
                          capture_output=True, text=True, timeout=seconds + 30)
    requests = re.search(r"(\d+) requests in", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not requests or not rate or int(requests.group(1)) == 0:
        raise server.failure(f"wrk got no answers: {done.stdout}{done.stderr}")
    errors = re.findall(r"Socket errors:.*|Non-2xx.*", done.stdout)
    return Run(int(requests.group(1)), float(rate.group(1)), " ".join(errors))


def one_by_one(server, count):
    """So many connections of one request, each begun when the last has ended. Returns failures."""
    return sum(not server.ask().startswith(b"HTTP/1.1 200") for _ in range(count))


class Crowd:
    """Clients that come at once, each in a loop of requests, a new connection for each.

    Counts from the moment they come: `answered` and `lost` hold seconds; `first` the second of
    each client's first answer. Lost is what is refused, reset, cut, late or other than 200.
    """

    answer_timeout = 60

    def __init__(self, server, clients, seconds):
        self.server, self.clients, self.seconds = server, clients, seconds
        self.answered, self.lost, self.first = [], [], []
        self.began = 0.0

    def run(self):
        asyncio.run(self._run_all())
        return self

    def per_second(self):
        counts = collections.Counter(int(moment) for moment in self.answered)
        return [counts[second] for second in range(self.seconds)]

    def all_answered_at(self):
        """When the last of the clients had its first answer; None if one never had."""
        return max(self.first) if len(self.first) == self.clients else None

    def _now(self):
        return time.monotonic() - self.began

    async def _run_all(self):
        self.began = time.monotonic()
        await asyncio.gather(*(self._client() for _ in range(self.clients)))

    async def _client(self):
        answers = 0
        while self._now() < self.seconds:
            if await self._request():
                self.answered.append(self._now())
                if answers == 0:
                    self.first.append(self._now())
                answers += 1
            else:
                self.lost.append(self._now())
                await asyncio.sleep(0.05)

    async def _request(self):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
            writer.write(f"GET {self.server.path} HTTP/1.1\r\nHost: bench\r\n"
                         "Connection: close\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(-1), self.answer_timeout)
            writer.close()
            return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\n")
        except (OSError, asyncio.TimeoutError):
            return False
