#!/usr/bin/env python3
"""Measures brood beside floors and peers; ./dev bench builds what is needed and calls this.

usage: run.py [--quick] [--build DIR] [NAME...]
Without a NAME all benches run. Each prints one table, with its bounds below it, and leaves
bench/results/NAME.csv and NAME.json. Exit status: 0 all bounds held, 1 one was missed, 2 wrong
usage, 3 something could not be measured.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import machine
from benches import (balance, burst, events, files, fork, frames, generators, head, herd, idle,
                     memory, peers, tails, throughput)

HERE = pathlib.Path(__file__).resolve().parent
BENCHES = {
    "keepalive": throughput.keepalive,
    "close": throughput.close,
    "events": events.events,
    "files": files.files,
    "memory": memory.memory,
    "fork": fork.fork,
    "herd": herd.herd,
    "burst": burst.burst,
    "frames": frames.frames,
    "head": head.head,
    "balance": balance.balance,
    "tails": tails.tails,
    "idle": idle.idle,
    "peers": peers.peers,
    "generators": generators.generators,
}
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NEEDED = ("brood", "bench/bench-floor-blocking", "bench/bench-floor-epoll", "bench/bench-floor-proxy",
          "bench/bench-fork-probe", "bench/bench-frame-flood", "bench/bench-head-reader",
          "bench/bench-load")


class Setup:
    """What every bench is given: where the programs are, which cores, how long, where to write."""

    def __init__(self, build, scratch, quick):
        self.build, self.scratch, self.quick = build, scratch, quick
        self.server_core, self.load_core = machine.pick_cores()
        os.sched_setaffinity(0, {self.load_core})

    def progress(self, text):
        if sys.stderr.isatty():
            print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)
        else:
            print(f"  {text}", file=sys.stderr, flush=True)

    def progress_done(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def all_of(self, servers):
        """The servers as a list; stopped at the end, also of those that a failure left half."""
        with contextlib.ExitStack() as stack:
            live = []
            for server in servers:
                stack.callback(server.stop)
                live.append(server)
            yield live


def run_all(names, setup, head):
    """Returns the exit status."""
    missed = failed = 0
    for name in names:
        try:
            table = BENCHES[name](setup)
        except (RuntimeError, OSError) as error:
            setup.progress_done()
            print(f"{name}: could not be measured: {error}\n", flush=True)
            failed += 1
            continue
        setup.progress_done()
        print(table.text(), flush=True)
        table.save(HERE / "results", head)
        missed += len(table.missed())
    print(f"bounds missed: {missed}; benches that failed: {failed}; "
          f"CSV and JSON are in {HERE / 'results'}")
    return 3 if failed else 1 if missed else 0


def check_needs(build):
    absent = [str(build / program) for program in NEEDED if not (build / program).exists()]
    absent += [program for program in ("wrk", "taskset", "setpriv")
               if not machine.find_program(program)]
    if absent:
        sys.exit(f"bench: not there: {', '.join(absent)}: run it as ./dev bench")


def stop(number, _):
    """Leaves through every `finally`, undisturbed by a second Ctrl-C."""
    for other in STOPPING_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    print("\nbench: stopping what was started", file=sys.stderr)
    sys.exit(128 + number)


def main():
    names = "\n".join(f"  {name:10} {bench.__doc__}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(
        description="Measures brood beside floors and peers.", epilog=f"benches:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all if none is named")
    parser.add_argument("--quick", action="store_true", help="short rounds, for a rough idea")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / "build" / "lto",
                        metavar="DIR", help="the build to measure [build/lto]")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHES]:
        print(f"bench: there is no {', '.join(unknown)}; there are:\n{names}", file=sys.stderr)
        return 2
    check_needs(options.build)
    for number in STOPPING_SIGNALS:
        signal.signal(number, stop)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="brood-bench."))
    scratch.chmod(0o755)  # Apache's workers are another user.
    try:
        setup = Setup(options.build.resolve(), scratch, options.quick)
        head = machine.describe(setup.build / "brood")
        print("\n".join(f"{name:12} {value}" for name, value in head.items()) + "\n", flush=True)
        return run_all(options.names or list(BENCHES), setup, head)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
