"""What is measured on: cores, kernel, versions; and what has to be there."""
import datetime
import os
import platform
import re
import shutil
import subprocess

PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def find_program(name):
    """The path of an installed program, or None. Daemons are often outside a user's PATH."""
    return shutil.which(name, path=PATH)


def pick_cores():
    """(server's core, load's core): two different ones that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("bench: two cores are needed, one for the server and one for its load")
    return allowed[1], allowed[0]


def first_line(command):
    """The first line that a program prints, '' where it cannot be started."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        return (done.stdout + done.stderr).splitlines()[0].strip()
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return ""


def processor():
    """The model name of the processor."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        match = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    return match.group(1) if match else platform.machine()


def version_of(name):
    program = find_program(name)
    flag = "--version" if name in ("gunicorn", "uwsgi") else "-v"
    return first_line([program, flag]) if program else "not installed"


def describe(brood):
    """The head of every result: name and value, in the order of printing."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "brood": first_line([brood, "--version"]),
        "wrk": first_line(["wrk", "--version"]),
        "apache2": version_of("apache2"),
        "nginx": version_of("nginx"),
        "haproxy": version_of("haproxy"),
        "lighttpd": version_of("lighttpd"),
        "h2o": version_of("h2o"),
        "gunicorn": version_of("gunicorn"),
        "uwsgi": version_of("uwsgi"),
        "php-fpm": version_of("php-fpm8.2"),
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }
