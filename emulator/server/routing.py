"""Finds the route of a path: a tree of segments for each provider, built once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emulator.core.refusals import Reason, Refused
from emulator.providers.port import Provider, Route, Stream


class Node:
    """One segment of the paths: what may follow it, and what answers here."""

    __slots__ = ("any", "methods", "name", "next", "rest")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.any: Node | None = None
        self.rest: Node | None = None
        self.name = ""
        self.methods: dict[str, Route | Stream] = {}


class Tree:
    """The routes of one provider."""

    def __init__(self, routes: Iterable[Route | Stream]) -> None:
        self._root = Node()
        for route in routes:
            self._add(route)

    def route(self, method: str, path: str) -> tuple[Route | Stream, dict[str, str]]:
        """The route of a call and the parameters in its path; Refused if there is none.

        A HEAD of a result file is a GET without its body.
        """
        found = self.find(path)
        if found is None:
            raise Refused(Reason.NO_PATH, path)
        methods, params = found
        route = methods.get(method)
        if route is None and method == "HEAD":
            route = methods.get("GET")
            route = route if isinstance(route, Route) and route.linked else None
        if route is None:
            raise Refused(Reason.WRONG_METHOD, ", ".join(sorted(methods)))
        return route, params

    def find(self, path: str) -> tuple[Mapping[str, Route | Stream], dict[str, str]] | None:
        """The methods that a path answers and the parameters in it; None for an unknown path."""
        node, params = self._root, {}
        segments = path.split("/")
        for nth, segment in enumerate(segments[1:], 1):
            following = node.next.get(segment)
            if following is None and node.any is not None and segment:
                following = node.any
                params[following.name] = segment
            if following is None:
                if node.rest is None:
                    return None
                params[node.rest.name] = "/".join(segments[nth:])
                return node.rest.methods, params
            node = following
        return (node.methods, params) if node.methods else None

    def _add(self, route: Route | Stream) -> None:
        node = self._root
        for segment in route.path.split("/")[1:]:
            node = _child(node, segment)
        node.methods[route.method] = route


def _child(node: Node, segment: str) -> Node:
    if not segment.startswith("{"):
        return node.next.setdefault(segment, Node())
    name, _, kind = segment.strip("{}").partition(":")
    child = node.rest if kind == "rest" else node.any
    if child is None:
        child = Node()
        child.name = name
    if kind == "rest":
        node.rest = child
    else:
        node.any = child
    return child


class Front:
    """Which provider a call is for: its path's, else its host's."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        listed = tuple(providers)
        prefixes = [(prefix, one) for one in listed for prefix in one.prefixes]
        self.trees = {one.name: Tree(one.routes) for one in listed}
        self._prefixes = sorted(prefixes, key=lambda pair: -len(pair[0]))
        self._hosts = {host: one for one in listed for host in one.hosts}

    def provider(self, path: str, host: str) -> Provider | None:
        """The provider that a call is for, if it is for any."""
        for prefix, provider in self._prefixes:
            if path.startswith(prefix):
                return provider
        return self._hosts.get(host.partition(":")[0].lower())
