"""Who tells what to whom: the master its settings to the workers, the workers their notes to the
master, and that one, in the end, all of it to a file.

Locust's own end gives workers half a second; ours waits until each has said its last.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.rpc import Message
from locust.runners import STATE_INIT, MasterRunner, WorkerRunner
from locust.stats import RequestStats

from emulator.load.settings import VARIABLE
from emulator.load.swarm import INTERRUPTED
from emulator.load.users.drive import DRIVE

NOTES = "understudy-notes"
LAST = "understudy-last"
OVER = Event()
"""Set by Ctrl-C: the ramp is over."""
STOPPED = Event()
"""Set on a worker whose users have finished."""
MORE = 60
"""Seconds that workers have beyond the time in which their users finish."""

NOTED: list[list[str]] = []
LEFT: set[str] = set()
"""Workers that have said their last."""
LOST: set[str] = set()
"""Workers that have not."""


def listen() -> None:
    """Take part in Locust's events."""
    events.init_command_line_parser.add_listener(_argument)
    events.init.add_listener(_begin)
    events.test_start.add_listener(_start)
    events.test_stop.add_listener(_stop)
    events.report_to_master.add_listener(_report)
    events.worker_report.add_listener(_reported)
    events.quitting.add_listener(_quit)


def finish(environment: Environment) -> None:
    """End the run: users finish what they began, and every worker tells the rest."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner):
        assert runner is not None
        runner.stop()
        return
    expected = {client.id for client in runner.clients.all}
    runner.stop(send_stop_to_client=False)
    runner.send_message("quit")
    with gevent.Timeout(environment.stop_timeout + MORE, False):
        while not expected <= LEFT:
            gevent.sleep(0.1)
    LOST.update(expected - LEFT)


def _argument(parser: LocustArgumentParser) -> None:
    """Options of ours are what a master hands to its workers when they begin."""
    parser.add_argument(
        "--understudy", default=os.environ[VARIABLE], include_in_web_ui=False, help="The settings."
    )


def _begin(environment: Environment, **_: Any) -> None:
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        DRIVE.name = runner.client_id[-8:]
        gevent.signal_handler(signal.SIGINT, _leave, runner)
    elif isinstance(runner, MasterRunner):
        runner.register_message(NOTES, _sent)
    if not isinstance(runner, WorkerRunner):
        gevent.signal_handler(signal.SIGINT, _interrupted, environment)


def _start(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    if isinstance(environment.runner, WorkerRunner) and options is not None:
        STOPPED.clear()
        DRIVE.adopt(options.understudy)


def _stop(environment: Environment, **_: Any) -> None:
    STOPPED.set()


def _interrupted(environment: Environment) -> None:
    """Ctrl-C: the ramp ends by itself; where there is a page, it ends with all else; before there
    was a user, all of it ends at once."""
    if OVER.is_set():
        return
    OVER.set()
    runner, page = environment.runner, environment.web_ui
    assert runner is not None
    if page is not None:
        finish(environment)
        runner.quit()
        page.stop()
    elif runner.state == STATE_INIT:
        runner.quit()
        raise SystemExit(INTERRUPTED)


def _leave(runner: WorkerRunner) -> None:
    """Ctrl-C at a worker: it says its last before it goes."""
    if OVER.is_set():
        return
    OVER.set()
    runner.stop()
    runner.send_message(NOTES, _said())
    runner.quit()


def _said() -> dict[str, Any]:
    return {NOTES: DRIVE.drain(), LAST: STOPPED.is_set()}


def _report(client_id: str, data: dict[str, Any]) -> None:
    data.update(_said())


def _reported(client_id: str, data: dict[str, Any]) -> None:
    NOTED.extend(data.pop(NOTES, ()))
    if data.pop(LAST, False):
        LEFT.add(client_id)
    else:
        LEFT.discard(client_id)


def _sent(msg: Message, **_: Any) -> None:
    _reported(msg.node_id, msg.data)


def _quit(environment: Environment, **_: Any) -> None:
    """Write down all that was seen."""
    if not DRIVE.settings.out or isinstance(environment.runner, WorkerRunner):
        return
    seen = {
        **_statistics(environment.stats),
        "crashes": sum(one["count"] for one in environment.runner.exceptions.values())
        if environment.runner
        else 0,
        "lost_workers": sorted(LOST),
        "notes": NOTED + DRIVE.drain(),
    }
    Path(DRIVE.settings.out).write_text(json.dumps(seen))


def _statistics(stats: RequestStats) -> dict[str, Any]:
    entries = sorted(stats.entries.values(), key=lambda one: one.name)
    return {
        "seconds": max(0.0, (stats.total.last_request_timestamp or 0) - stats.total.start_time),
        "operations": [
            {
                "name": one.name,
                "calls": one.num_requests,
                "failures": one.num_failures,
                **{
                    f"p{percent}_ms": one.get_response_time_percentile(percent / 100)
                    for percent in (50, 95, 99)
                },
                "most_ms": round(one.max_response_time, 3),
            }
            for one in entries
        ],
        "errors": [
            {"name": one.name, "error": str(one.error), "times": one.occurrences}
            for one in stats.errors.values()
        ],
    }
