"""burst: 100 clients come at once to a pool of 5, each in a loop of one-second requests.

Shown are the answers in each second, when the last client had its first answer, and what was lost:
refused, reset, cut, or answered other than 200. Both policies with their defaults; Apache prefork
with the same spares and a cgi program that sleeps. As everywhere, the server has one core and its
clients another.

Bounds: the project's goals: with `demand` all clients have their answer in the second second, in
which a pool of 100 would answer them; nothing is lost under either policy. `exponential` has the
time of its ladder, 1, 2, 4 ... 32 a second, for which no bound is needed.
"""
import load
import machine
import servers
from table import Table

CLIENTS = 100


def burst(setup):
    """100 one-second requests at once on a pool of 5: demand, exponential, Apache prefork."""
    seconds = 9 if setup.quick else 12
    table = Table("burst", f"{CLIENTS} clients at once on a pool of 5, one-second requests",
                  ("server", "all answered at s", "lost", "answers in seconds 0, 1, 2 ..."))
    crowds = {name: crowd_on(setup, start(), seconds) for name, start in pools(setup).items()}
    for name, crowd in crowds.items():
        table.add(name, crowd.all_answered_at(), len(crowd.lost),
                  " ".join(str(count) for count in crowd.per_second()))
    if "Apache prefork" not in crowds:
        table.note("Apache prefork: not installed: apt-get install apache2")
    table.check("demand: all answered", crowds["brood demand"].all_answered_at() or 99.0,
                "<=", 2.0, "s")
    for policy in ("demand", "exponential"):
        table.check(f"{policy}: lost", len(crowds[f"brood {policy}"].lost), "<=", 0)
    return table


def pools(setup):
    starts = {f"brood {policy}": lambda policy=policy: servers.Brood(
        setup, f"brood {policy}", ["--policy", policy]) for policy in ("demand", "exponential")}
    if program := machine.find_program("apache2"):
        starts["Apache prefork"] = lambda: servers.apache(setup, program, "apache-sleep.conf",
                                                          "/sleep.cgi")
    return starts


def crowd_on(setup, server, seconds):
    with setup.all_of([server]):
        server.wait_for_processes(5)
        server.wait_until_it_answers()
        setup.progress(f"burst: {server.name}, {seconds} s")
        return load.Crowd(server, CLIENTS, seconds).run()
