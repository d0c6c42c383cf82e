from __future__ import annotations

import sys

import pytest

from emulator import cli
from tests.scenarios.running import Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; an exception that is not an exit goes through to the test."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["understudy", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        code = ended.value.code or 0
        assert isinstance(code, int)
        return code, shown.out, shown.err

    return call
