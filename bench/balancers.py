"""Starting balancers, ours and the peers, in front of servers that run already."""
import machine
import servers

ABSENT = {"haproxy": "HAProxy: not installed: apt-get install haproxy",
          "nginx": "nginx: not installed: apt-get install nginx"}


def floor(setup, behind):
    port = servers.free_port()
    return servers.Server(setup, "byte proxy floor",
                          [setup.build / "bench" / "bench-floor-proxy", port,
                           *(server.port for server in behind)], port, behind[0].path)


def brood(setup, name, behind, options=(), health="status"):
    """`brood balance` with its defaults and these options. The floors tell no numbers, so that
    with `status` any good one will do."""
    port = servers.free_port()
    named = [word for server in behind for word in ("--server", f"127.0.0.1:{server.port}")]
    return servers.Server(setup, name, [setup.build / "brood", "balance", "--listen",
                                        f"127.0.0.1:{port}", "--health-format", health,
                                        *named, *options],
                          port, behind[0].path)


def haproxy(setup, name, behind, mode="http", options="http-reuse always", per_server=""):
    """HAProxy, or None where it is not installed."""
    program = machine.find_program("haproxy")
    if not program:
        return None
    port = servers.free_port()
    root = setup.scratch / f"haproxy-{port}"
    root.mkdir()
    lines = "\n".join(f"  server s{server.port} 127.0.0.1:{server.port} check inter 3s {per_server}"
                      for server in behind)
    config = servers.filled_in("haproxy-balance.cfg", root, port, USER="haproxy", MODE=mode,
                               OPTIONS=options, SERVERS=lines)
    return servers.Server(setup, name, [program, "-db", "-f", config], port, behind[0].path)


def nginx(setup, behind):
    """nginx, or None where it is not installed."""
    program = machine.find_program("nginx")
    if not program:
        return None
    lines = "\n".join(f"    server 127.0.0.1:{server.port};" for server in behind)
    return servers.nginx(setup, program, "nginx-balance.conf", behind[0].path, SERVERS=lines)


def note_absent(table):
    for program, text in ABSENT.items():
        if not machine.find_program(program):
            table.note(text)
