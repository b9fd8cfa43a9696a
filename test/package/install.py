#!/usr/bin/env python3
"""Installs the build into a folder of its own and uses it as a stranger would: examples/hello is
copied away from the sources, finds the package, links it, answers a request and stops on SIGTERM.

usage: install.py CMAKE BUILD-DIRECTORY CXX-COMPILER
"""
import http.client
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def build_hello(cmake, compiler, prefix, folder):
    shutil.copytree(SOURCE / "examples/hello", folder / "hello")
    run(cmake, "-G", "Ninja", "-S", folder / "hello", "-B", folder / "build",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror")
    run(cmake, "--build", folder / "build")
    return folder / "build/hello"


def check_help(hello):
    page = run(hello, "--help")
    assert page.startswith("Usage: hello [OPTION...]"), page
    assert "--min-spare" in page and "--handler" not in page, page
    refused = subprocess.run([hello, "--handler", "demo"], stderr=subprocess.PIPE, text=True)
    assert refused.returncode == 2, refused
    assert refused.stderr == "hello: unknown option --handler: see hello --help\n", refused


def check_serving(hello):
    """The log is on a pipe: its end, and so each step, comes by itself or the test's time is up."""
    server = subprocess.Popen([hello, "--listen", "127.0.0.1:0", "--start-workers", "2"],
                              stderr=subprocess.PIPE, text=True)
    try:
        lines = iter(server.stderr.readline, "")
        listening = re.compile(r" listening listen=127\.0\.0\.1:(\d+)")
        port = next(int(m[1]) for line in lines if (m := listening.search(line)))
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request("GET", "/you")
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"hello from /you\n"), answer.status
        client.close()
        server.send_signal(signal.SIGTERM)
        rest = server.stderr.read()
        assert server.wait(timeout=30) == 0, rest
    finally:
        server.kill()
        server.wait()


def main():
    cmake, build, compiler = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="brood-package-") as name:
        folder = pathlib.Path(name)
        prefix = folder / "prefix"
        run(cmake, "--install", build, "--prefix", prefix)
        assert run(prefix / "bin/brood", "--version").startswith("brood ")
        hello = build_hello(cmake, compiler, prefix, folder)
        check_help(hello)
        check_serving(hello)


main()
