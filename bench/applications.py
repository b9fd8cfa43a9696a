"""Servers that run an application: each as its own documents advise for one core and a known load."""
import os
import shutil

import servers


def folder(setup, name):
    """A folder of its own for one server, with the applications in it."""
    root = setup.scratch / f"{name}-{servers.free_port()}"
    (root / "www").mkdir(parents=True)
    (root / "www" / "small.txt").write_text("answered\n")
    (root / "www" / "answer.php").write_text(
        "<?php header('Content-Type: text/plain'); echo \"answered\\n\";\n")
    shutil.copy(servers.HERE / "peers" / "answer.py", root)
    return root


def as_user(text):
    """A line of a configuration that only root can have."""
    return text if os.geteuid() == 0 else ""


def configured(setup, name, command, template, path="/small.txt", user="", **values):
    """A server with a configuration of its own; `command` ends before the configuration's path."""
    port = servers.free_port()
    root = folder(setup, name.replace(" ", "-"))
    config = servers.filled_in(template, root, port, WWW=root / "www", USER=user, **values)
    return servers.Server(setup, name, [*command, config], port, path)


def gunicorn(setup, program, kind, workers):
    """`sync`: a process a request at a time; `gthread`: one process with as many threads."""
    port = servers.free_port()
    shape = (["--workers", workers, "--worker-class", "sync"] if kind == "sync" else
             ["--workers", 1, "--worker-class", "gthread", "--threads", workers])
    return servers.Server(setup, f"gunicorn {kind}", [
        program, "--chdir", folder(setup, "gunicorn"), "--bind", f"127.0.0.1:{port}",
        "--backlog", 4096, *shape, "answer:application"], port)


def uwsgi(setup, program, workers):
    port = servers.free_port()
    return servers.Server(setup, "uWSGI", [
        program, "--plugin", "python3", "--http11-socket", f"127.0.0.1:{port}", "--master",
        "--workers", workers, "--listen", 128, "--disable-logging", "--die-on-term",
        "--chdir", folder(setup, "uwsgi"), "--module", "answer"], port)


class Before(servers.Server):
    """A server that hands everything to another one: measured, and stopped, with it."""

    def __init__(self, setup, name, command, port, behind):
        super().__init__(setup, name, command, port)
        self.behind = behind

    def pids(self):
        return super().pids() + self.behind.pids()

    def stop(self):
        self.behind.stop()
        super().stop()


def php(setup, fpm, nginx, workers):
    """php-fpm and the nginx before it."""
    port = servers.free_port()
    root = folder(setup, "php")
    pool = servers.filled_in("php-fpm.conf", root, port, WORKERS=workers,
                             USER=as_user("user = www-data\ngroup = www-data"))
    behind = servers.Server(setup, "php-fpm", [fpm, "--nodaemonize", "--fpm-config", pool], port)
    config = servers.filled_in("nginx-php.conf", root, port, WORKERS=workers, FPM=root,
                               WWW=root / "www", USER=as_user("user www-data;"))
    return Before(setup, "nginx + php-fpm", [nginx, "-c", config], port, behind)
