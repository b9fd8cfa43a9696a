"""idle: what a client that is connected to the balancer and does nothing costs.

10 000 connections, each after one answered request, against none; the balancer's resident memory.
Bound: the project's goal of 16 KiB each.
"""
import resource
import socket

import balancers
import measure
import servers
from table import Table

CLIENTS = 10_000


def idle(setup):
    """Memory of 10 000 idle clients of the balancer."""
    table = Table("idle", f"{CLIENTS} idle clients", ("balancer", "before MiB", "with them MiB",
                                                     "KiB per client"))
    raise_descriptor_limit()
    with setup.all_of([servers.floor(setup, "epoll", 1)]) as behind:
        behind[0].wait_until_it_answers()
        options = ["--parallel", str(2 * CLIENTS), "--client-timeout", "5m"]
        each = add_row(setup, table, balancers.brood(setup, "brood", behind, options))
        if peer := balancers.nginx(setup, behind):
            add_row(setup, table, peer)
    balancers.note_absent(table)
    table.check("memory per idle client, brood", each, "<=", 16.0, "KiB")
    return table


def add_row(setup, table, balancer):
    with setup.all_of([balancer]):
        balancer.wait_until_it_answers()
        before = measure.pss(balancer.pids())
        setup.progress(f"idle: {CLIENTS} clients of {balancer.name}")
        clients = [connected(balancer) for _ in range(CLIENTS)]
        after = measure.pss(balancer.pids())
        for client in clients:
            client.close()
    each = (after - before) * 1024 / CLIENTS
    table.add(balancer.name, before, after, each)
    return each


def connected(balancer):
    client = socket.create_connection(("127.0.0.1", balancer.port), 20)
    client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
    if not client.recv(4096).startswith(b"HTTP/1.1 200"):
        raise balancer.failure("a client had no answer")
    return client


def raise_descriptor_limit():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < 2 * CLIENTS:
        raise OSError(f"{2 * CLIENTS} descriptors are needed, {most} allowed: raise 'ulimit -Hn'")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CLIENTS, most))
