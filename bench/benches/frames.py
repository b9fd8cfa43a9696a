"""frames: what the supervisor takes to be told of everything by 1000 workers at once.

bench-frame-flood runs the real supervisor, processes, links and journal, `--verbose on`, over 1000
channels. One synthetic writer plays all workers: each is acknowledged, then goes between IDLE and
BUSY, page first, then a frame, as a real one does; but it sends every frame, wanted or not, which
real workers do not while the supervisor is awake. Frames go round robin over the channels, either
evenly spaced (5 us apart: the supervisor is woken for nearly each) or those of a millisecond at
once. The CPU time is the supervisor process's own clock, from the first paced frame until all are
read.

None lost means: the kernel took each frame whole, no channel has an unread byte at the end, no
worker was taken for a breaker of the protocol, and the connections of all `@@` lines add up to
those that the frames told of.

Bound: the project's goal: none lost, and at most half of one core.
"""
import json
import subprocess

from table import Table

WORKERS, RATE = 1000, 200_000


def frames(setup):
    """200 000 frames a second from 1000 workers: lost, and the supervisor's CPU time."""
    seconds = 2 if setup.quick else 10
    table = Table("frames", f"{RATE:,} frames a second over {WORKERS} channels, {seconds} s",
                  ("spacing", "frames sent", "frames/s", "lost", "CPU % of a core",
                   "us per frame"))
    for spacing in ("even", "ticks"):
        setup.progress(f"frames: {spacing}, {seconds} s")
        outcome, connections = flood(setup, spacing, seconds)
        rate = outcome["sent"] / outcome["wall_ns"] * 1e9
        share = outcome["cpu_ns"] / outcome["wall_ns"]
        lost = lost_of(outcome, connections)
        table.add(spacing, outcome["sent"], round(rate), lost, share * 100,
                  outcome["cpu_ns"] / 1000 / outcome["sent"])
        table.check(f"{spacing}: lost", lost, "<=", 0)
        # A writer that lags asks less of the supervisor than the bound is about.
        lags = rate < 0.99 * RATE
        table.check(f"{spacing}: supervisor's share of a core", None if lags else share, "<=", 0.5)
        if lags:
            table.note(f"{spacing}: the writer itself came only to {rate:,.0f} frames a second: "
                       "its core had other work")
    return table


def flood(setup, spacing, seconds):
    """Returns what the program found, and the connections that its log's pictures add up to."""
    log_path = setup.scratch / f"frames-{spacing}.log"
    done = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(setup.server_core),
         setup.build / "bench" / "bench-frame-flood", str(WORKERS), str(RATE), str(seconds),
         spacing, str(setup.load_core), log_path],
        stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
    outcome = json.loads(done.stdout)
    if not outcome["acknowledged"]:
        raise RuntimeError("frames: not every worker was acknowledged")
    with open(log_path, encoding="ascii") as log:
        pictures = [json.loads(line) for line in log if '"event":"picture"' in line]
    return outcome, sum(picture["connections"] for picture in pictures)


def lost_of(outcome, connections):
    """Frames that did not arrive; each killed worker and each missing connection counts as one."""
    unread = -(-outcome["unread_bytes"] // 32)
    return (outcome["refused"] + unread + outcome["killed"]
            + abs(outcome["connections"] - connections))
