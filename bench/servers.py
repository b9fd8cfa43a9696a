"""Starting servers on the server's core, knowing when they are ready, and leaving none behind."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import measure

HERE = pathlib.Path(__file__).resolve().parent
READY_TIMEOUT = 20


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server program, pinned to one core; told to stop when this process dies, however."""

    def __init__(self, setup, name, command, port, path="/"):
        self.name, self.port, self.path = name, port, path
        self.output_path = setup.scratch / f"{name.replace(' ', '-')}-{port}.out"
        with open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(setup.server_core)]
                + [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, cwd=setup.scratch)

    def pids(self):
        return measure.tree_of(self.process.pid)

    def move_to(self, core):
        """To another core: it is not what is measured. Only once it answers."""
        for pid in self.pids():
            os.sched_setaffinity(pid, {core})

    def output(self):
        return self.output_path.read_text(errors="replace")

    def ask(self, timeout=5):
        """One request on one connection. Returns what came back, b'' if that was nothing."""
        with contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.port), timeout) as client:
            client.sendall(f"GET {self.path} HTTP/1.1\r\nHost: bench\r\n"
                           "Connection: close\r\n\r\n".encode())
            answer = b""
            while piece := client.recv(65536):
                answer += piece
            return answer
        return b""

    def wait_until(self, ready, what):
        deadline = time.monotonic() + READY_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            if ready():
                return
            time.sleep(0.02)
        raise self.failure(f"{what} never came")

    def failure(self, what):
        """An error that says what the server itself had to say."""
        status = self.process.poll()
        state = "it runs" if status is None else f"it ended with status {status}"
        return RuntimeError(f"{self.name}: {what}; {state}; it said: {self.last_words()}")

    def last_words(self):
        return self.output()[-500:]

    def wait_until_it_answers(self):
        self.wait_until(lambda: self.ask().startswith(b"HTTP/1.1 200"), "an answer")

    def wait_for_processes(self, count):
        """Until the tree has at least so many processes below its root."""
        self.wait_until(lambda: len(self.pids()) > count, f"process {count}")

    def stop(self):
        """SIGTERM, then SIGKILL to whatever of the tree is still there."""
        pids = self.pids()
        with contextlib.suppress(OSError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        group = self.process.pid
        for pid in pids:
            # A descendant is in the session of its root; a pid given anew to a stranger is not.
            with contextlib.suppress(OSError):
                if os.getsid(pid) == group:
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Brood(Server):
    """`brood serve`, or a program that behaves as it, with a JSON log that can be asked."""

    def __init__(self, setup, name, options, program=None):
        port = free_port()
        self.log_path = setup.scratch / f"{name.replace(' ', '-')}-{port}.log"
        command = program or [setup.build / "brood"]
        super().__init__(setup, name, [
            *command, "serve", "--listen", f"127.0.0.1:{port}", "--log-format", "json",
            "--log-file", self.log_path, "--verbose", "on", *options], port)

    def last_words(self):
        log = self.log_path.read_text() if self.log_path.exists() else ""
        return self.output()[-500:] + "\n" + log[-2000:]

    def events(self, name):
        """All events of one name that the log has so far, oldest first."""
        if not self.log_path.exists():
            return []
        wanted = f'"event":"{name}"'
        with open(self.log_path, encoding="ascii") as log:
            return [json.loads(line) for line in log if wanted in line and line.endswith("\n")]

    def dump(self):
        """Asks with SIGINT. Returns the events `dump` and `dump_totals`."""
        before = len(self.events("dump_totals"))
        self.process.send_signal(signal.SIGINT)
        self.wait_until(lambda: len(self.events("dump_totals")) > before, "the dump")
        return self.events("dump")[-1], self.events("dump_totals")[-1]

    def wait_until_idle(self, count):
        """Until so many workers have been acknowledged; reads the log at level debug."""
        self.wait_until(lambda: len(self.events("worker_ready")) >= count, f"worker {count}")


def static_pool(count):
    """Options of a pool that has always so many workers, and a handler that does not sleep."""
    number = str(count)
    return ["--start-workers", number, "--min-spare", number, "--max-spare", number,
            "--max-workers", number, "--think-time", "0"]


def floor(setup, kind, workers):
    port = free_port()
    return Server(setup, f"{kind} floor",
                  [setup.build / "bench" / f"bench-floor-{kind}", port, workers], port)


def one_worker(model="prefork-epoll"):
    """Options of a pool of one event-driven worker, to be held against one of nginx's."""
    return [*static_pool(1), "--model", model]


def filled_in(template, root, port, **values):
    """A peer's configuration made from peers/TEMPLATE: each @NAME@ is replaced."""
    text = (HERE / "peers" / template).read_text()
    for name, value in {"ROOT": root, "PORT": port, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = root / template
    path.write_text(text)
    return path


def nginx(setup, program, template, path="/", **values):
    port = free_port()
    root = setup.scratch / f"nginx-{port}"
    root.mkdir()
    user = "user www-data;" if os.geteuid() == 0 else ""
    config = filled_in(template, root, port, USER=user, **values)
    return Server(setup, "nginx", [program, "-c", config], port, path)


def apache(setup, program, template, path, **values):
    port = free_port()
    root = setup.scratch / f"apache-{port}"
    (root / "www").mkdir(parents=True)
    (root / "www" / "small.txt").write_text("answered\n")
    (root / "www" / "sleep.cgi").write_text(
        "#!/bin/sh\nsleep 1\nprintf 'Content-Type: text/plain\\r\\n\\r\\nanswered\\n'\n")
    (root / "www" / "sleep.cgi").chmod(0o755)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    config = filled_in(template, root, port, **{"USER": user, "WWW": root / "www", **values})
    return Server(setup, "Apache prefork", [program, "-DFOREGROUND", "-f", config], port, path)
