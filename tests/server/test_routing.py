from __future__ import annotations

from typing import Any

import pytest

from emulator.core.commands import Know
from emulator.providers.port import Answer, Kind, Route
from emulator.providers.registry import providers
from emulator.server.routing import Front, Tree


def route(path: str, method: str = "GET") -> Route:
    return Route(
        f"{method} {path}", Kind.TABLE, method, path, lambda *_: Know(), lambda *_: Answer(200, {})
    )


PATHS = ("/a", "/a/b", "/a/{id}", "/a/{id}/c", "/r/{path:rest}", "/a/b/d", "/{word}/z")
TREE = Tree([*map(route, PATHS), route("/a/{id}", "DELETE")])


@pytest.mark.parametrize(
    ("path", "found", "params"),
    [
        ("/a", "/a", {}),
        ("/a/b", "/a/b", {}),
        ("/a/x", "/a/{id}", {"id": "x"}),
        ("/a/x/c", "/a/{id}/c", {"id": "x"}),
        ("/a/b/d", "/a/b/d", {}),
        ("/r/x/y.mp4", "/r/{path:rest}", {"path": "x/y.mp4"}),
        ("/r/", "/r/{path:rest}", {"path": ""}),
        ("/q/z", "/{word}/z", {"word": "q"}),
        ("", None, None),
        ("/", None, None),
        ("a", None, None),
        ("/a/", None, None),
        ("/a/b/", None, None),
        ("/a//c", None, None),
        ("/a/x/d", None, None),
        ("/r", None, None),
        ("/q", None, None),
        ("/A", None, None),
    ],
)
def test_which_route_a_path_has(path: str, found: str | None, params: Any) -> None:
    hit = TREE.find(path)
    if found is None:
        assert hit is None
    else:
        assert hit is not None
        assert hit[0]["GET"].path == found
        assert hit[1] == params


def test_methods_of_one_path_stand_together() -> None:
    hit = TREE.find("/a/x")
    assert hit is not None
    assert set(hit[0]) == {"GET", "DELETE"}


def test_every_route_of_every_provider_is_found_under_its_own_path() -> None:
    front = Front(providers().values())
    for provider in providers().values():
        for one in provider.routes:
            path = one.path.replace("{path:rest}", "some/where").replace("{id}", "an-id")
            path = path.replace("{file}", "a.mp4")
            assert front.provider(path, "nobody.test") is provider
            hit = front.trees[provider.name].find(path)
            assert hit is not None
            assert hit[0][one.method] is one
