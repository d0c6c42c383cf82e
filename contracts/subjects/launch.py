"""The keeper of one program: starts it, watches its memory, and lets nothing of it outlive the run.

Run by its path, apart from everything else of ours, so that it starts in a few milliseconds. Its
arguments are two descriptors (the lifeline and the report), the bytes of memory, and the command.

What is guaranteed, on Linux:

- The lifeline is a pipe whose other end only the grader holds. Whatever ends the grader, SIGKILL
  too, closes it, and then the keeper kills the program with all its descendants.
- The keeper is their subreaper: who forks twice, or begins a session of its own, is handed to it
  once its parent has died, and is found as a descendant.
- If the keeper itself is killed, the program dies with it (PR_SET_PDEATHSIG; the keeper has one
  thread, so that signal never comes because a thread ended), and the grader kills its group. Only
  then a descendant in a session of its own is left, and a set-uid program that sheds the signal.
- The program's number is not free for others before the grader has let go of the lifeline, so the
  grader may kill its group by that number at any time.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

TURN = 300
"""Milliseconds after which the memory is looked at again."""

ROUNDS = 400
"""How often, at most, whoever is left is killed again: a tree may grow while it is felled."""

PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Keep one program until the lifeline is let go of."""
    lifeline, report, limit = (int(word) for word in sys.argv[1:4])
    for fd in (lifeline, report):
        os.set_inheritable(fd, False)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        pid = _start(sys.argv[4:], report)
    except OSError as error:
        _say(report, f"error {error.errno}")
        return
    _say(report, f"pid {pid}")
    _let_go_of_pipes()
    _watch(pid, lifeline, wake, report, limit)
    fell(pid)
    _hold_out(lifeline)
    os.waitpid(pid, 0)


def _start(command: list[str], report: int) -> int:
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(127)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.execvp(command[0], command)
    except OSError as error:
        _say(report, f"error {error.errno}")
    finally:
        os._exit(127)


def _watch(pid: int, lifeline: int, wake: int, report: int, limit: int) -> None:
    """Until the program has ended: by itself, because it is told to, or for its memory."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    poll.register(wake, select.POLLIN)
    over = False
    while (code := _ended(pid)) is None:
        ready = [fd for fd, _ in poll.poll(TURN)]
        if wake in ready:
            os.read(wake, 4096)
        if not over and PAGE * sum(descendants().values()) > limit:
            over = True
            _say(report, "memory")
        if lifeline in ready:
            poll.unregister(lifeline)
        if over or lifeline in ready:
            _kill_group(pid)
    _say(report, f"exit {code}")


def _ended(pid: int) -> int | None:
    """The exit code of the program, negative for a signal; None while it runs. Others that have
    ended are put to rest, the program is not."""
    while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if found.si_pid == pid:
            return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        os.waitpid(found.si_pid, 0)
    return None


def fell(pid: int) -> None:
    """Kill the program's group, and every descendant that is left."""
    for _ in range(ROUNDS):
        _kill_group(pid)
        left = descendants()
        if not left:
            return
        for one in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        select.poll().poll(5)


def _kill_group(pid: int) -> None:
    """Kill the program and its group, which it leads from its first steps on."""
    for kill in (os.kill, os.killpg):
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def descendants() -> dict[int, int]:
    """Every living descendant, and its pages in memory."""
    found: dict[int, int] = {}
    left = _children(os.getpid())
    while left:
        pid = left.pop()
        left += _children(pid)
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in (b"Z", b"X"):
            found[pid] = int(fields[21])
    return found


def _children(pid: int) -> list[int]:
    """The children of every thread of a process; none if it is gone."""
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += [int(one) for one in file.read().split()]
    return found


def _hold_out(lifeline: int) -> None:
    """Wait until the grader has let go."""
    while os.read(lifeline, 4096):
        pass


def _let_go_of_pipes() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)


def _say(report: int, line: str) -> None:
    with suppress(BrokenPipeError):
        os.write(report, f"{line}\n".encode())


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
