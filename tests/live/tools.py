"""Programs besides Python that some tests need. One that is missing is named, not passed over."""

from __future__ import annotations

import shutil

import pytest


def need(*names: str) -> None:
    """Leave the test out where one of these programs is not installed."""
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
