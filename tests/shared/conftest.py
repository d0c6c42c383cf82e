"""A Redis for the whole run, without a disk, for tests that do it no harm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shared.servers import Server, running


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("redis"), "--appendonly", "no") as server:
        yield server
