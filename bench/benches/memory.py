"""memory: what one more idle worker costs.

Static pools of 8 and of 72 workers, all of them IDLE and none having served anybody. PSS of the
whole tree counts a page that n processes share as 1/n in each, so the difference of the two trees,
divided by 64, is the memory that a worker really adds. What the kernel keeps for a process outside
its address space (stack, page tables, descriptors) is in no PSS, of brood's or of others'.

Bound: the project's goal of 0.15 MiB.
"""
import statistics

import machine
import measure
import servers
from table import Table

FEW, MANY = 8, 72


def memory(setup):
    """Marginal PSS per idle worker, from 8 to 72 workers."""
    table = Table("memory", "PSS of idle pools",
                  ("server", f"{FEW} workers MiB", f"{MANY} workers MiB", "MiB per worker"))
    marginal = add_row(setup, table, "brood", idle_brood)
    add_row(setup, table, "blocking floor", idle_floor)
    if program := machine.find_program("apache2"):
        add_row(setup, table, "Apache prefork",
                lambda setup, count: idle_apache(setup, count, program))
    else:
        table.note("Apache prefork: not installed: apt-get install apache2")
    table.check("marginal PSS per idle worker, brood", marginal, "<=", 0.15, "MiB")
    return table


def add_row(setup, table, name, start):
    sizes = {}
    for count in (FEW, MANY):
        samples = []
        for _ in range(1 if setup.quick else 3):
            setup.progress(f"memory: {name}, {count} workers")
            with setup.all_of([start(setup, count)]) as (server,):
                server.wait_for_processes(count)
                if isinstance(server, servers.Brood):
                    server.wait_until_idle(count)
                samples.append(measure.pss(server.pids()))
        sizes[count] = statistics.median(samples)
    marginal = (sizes[MANY] - sizes[FEW]) / (MANY - FEW)
    table.add(name, sizes[FEW], sizes[MANY], f"{marginal:.3f}")
    return marginal


def idle_brood(setup, count):
    return servers.Brood(setup, "brood", [*servers.static_pool(count), "--log-level", "debug"])


def idle_floor(setup, count):
    return servers.floor(setup, "blocking", count)


def idle_apache(setup, count, program):
    return servers.apache(setup, program, "apache-small-file.conf", "/small.txt", WORKERS=count)
