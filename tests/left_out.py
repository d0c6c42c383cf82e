"""Ends a run with what it left out and why; with `--nothing-left-out` that is a failure."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nothing-left-out", action="store_true", help="A skipped test fails the run."
    )


def skipped(config: pytest.Config) -> Counter[str]:
    """How many tests were skipped for each reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    wanted = session.config.getoption("--nothing-left-out")
    if wanted and session.exitstatus == pytest.ExitCode.OK and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left = skipped(config)
    terminalreporter.section("left out")
    for reason, times in sorted(left.items()):
        terminalreporter.write_line(f"{times} x {reason}")
    if not left:
        terminalreporter.write_line("nothing")
