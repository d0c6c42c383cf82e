"""The demo holds."""

from __future__ import annotations

import pytest

from tests.live import demo


def test_every_step_of_the_demo_holds(capfd: pytest.CaptureFixture[str]) -> None:
    assert demo.main() == 0
    assert "10 of 10 steps held" in capfd.readouterr().out


def test_a_step_that_costs_something_else_breaks_the_demo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "STEPS", ((demo.oxen_cancel, "0.400000"),))
    assert demo.main() == 1
