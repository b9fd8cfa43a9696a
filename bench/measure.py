"""What a tree of processes uses, read from /proc. Times in seconds, sizes in MiB."""
import os


def read(path):
    """A file of /proc as text; '' once its process has gone."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def tree_of(root):
    """The pids of a process and of all its descendants, the root first."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        # "pid (name) state ppid ...": the name may hold anything, also brackets.
        fields = read(f"/proc/{name}/stat").rpartition(")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    pids, at = [root], 0
    while at < len(pids):
        pids += children.get(pids[at], [])
        at += 1
    return pids


def cpu_time(pids):
    """User and system time of all threads; the kernel counts it in nanoseconds (schedstat)."""
    total = 0
    for pid in pids:
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for thread in threads:
            total += int((read(f"/proc/{pid}/task/{thread}/schedstat").split() or [0])[0])
    return total / 1e9


def field_sum(pids, file, field):
    """The sum over processes of a field that stands at the begin of a line of a /proc file."""
    total = 0
    for pid in pids:
        for line in read(f"/proc/{pid}/{file}").splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1])
    return total


def pss(pids):
    """Proportional set size: shared pages count in parts, so that a tree's sum is its memory."""
    return field_sum(pids, "smaps_rollup", "Pss") / 1024


def voluntary_switches(pids):
    """How often these processes have gone to sleep: each wake-up, useful or not, adds one."""
    return field_sum(pids, "status", "voluntary_ctxt_switches")
