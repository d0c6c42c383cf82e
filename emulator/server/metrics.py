"""The server as Prometheus sees it: how its worlds stand is summed up when it is asked for, and
what they have done is in the meters.

No label names a world, a job or a key: there are as many series as providers, operations, statuses
and faults. A scrape costs some microseconds for each world, however many jobs that has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily as CounterFamily
from prometheus_client.core import GaugeMetricFamily as GaugeFamily
from prometheus_client.core import HistogramMetricFamily as HistogramFamily
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from emulator import __version__
from emulator.core.clock import SECOND
from emulator.core.jobs import Status
from emulator.core.ledger import Kind
from emulator.server.live import Live
from emulator.server.meters import BOUNDS, FEED, Spread
from emulator.server.stage import Stage

POTS = ("deposited", "available", "held", "captured", "spent")
"""Where an account's money is."""

LE = (*map(str, BOUNDS), "+Inf")


class Page:
    """What a scrape is answered."""

    def __init__(self, stage: Stage) -> None:
        self._registry = CollectorRegistry()
        for kind in (ProcessCollector, PlatformCollector, GCCollector):
            kind(registry=self._registry)
        self._registry.register(Watch(stage))

    def answer(self) -> Response:
        """The page as it is now, in the text format that every scraper reads."""
        return Response(
            generate_latest(self._registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4}
        )


class Watch(Collector):
    """Looks at a stage whenever it is collected."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def describe(self) -> Iterable[Metric]:
        """Nothing is promised: so nothing is collected in order to find out what it is."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every family. What the worlds have settled is shown, and nothing is settled for it."""
        yield _gauge("info", "The version that runs.", ("version",), {(__version__,): 1})
        yield from self._done()
        lives = list(self._stage.worlds.values())
        yield from _jobs(lives, self._stage.providers)
        yield _ledger(lives, self._stage.providers)
        yield from _connected(lives, self._places())
        yield from self._kept(lives)

    def _done(self) -> Iterator[Metric]:
        """What was counted as it happened."""
        meters, providers = self._stage.meters, self._stage.providers
        yield _counter(
            "calls",
            "Calls that were answered or given up, by the status that was sent; 499 for none.",
            ("provider", "operation", "status"),
            {(provider, name, str(code)): n for (provider, name, code), n in meters.calls.items()},
        )
        made = _alone({name: meters.made[name] for name in providers})
        yield _counter("jobs_made", "Jobs that were made.", ("provider",), made)
        yield _counter(
            "job_moves",
            "Jobs that came to stand there.",
            ("provider", "status"),
            {
                (name, to.value): meters.moves[name, to]
                for name in providers
                for to in Status
                if to is not Status.QUEUED
            },
        )
        yield _counter(
            "ledger_posted_microdollars",
            "Micro-dollars that were posted.",
            ("provider", "kind"),
            {(name, kind.value): meters.posted[name, kind] for name in providers for kind in Kind},
        )
        yield _counter(
            "fault_strikes",
            "Calls and connections that a fault took: fired, or idle where that changed nothing.",
            ("family", "fault", "outcome"),
            {
                (family, deed, "idle" if idle else "fired"): n
                for (family, deed, idle), n in meters.strikes.items()
            },
        )
        none = dict.fromkeys((*self._places(), FEED), 0)
        yield _counter(
            "readers_dropped",
            "Readers of streams that were cut off because they did not keep up.",
            ("provider", "operation"),
            {**none, **meters.dropped},
        )
        lags = {place: meters.lags.get(place) or Spread() for place in self._places()}
        yield _histogram(
            "event_lag_seconds",
            "Seconds of the machine's time from the instant at which a job moved until the event"
            " was handed to the last reader of a stream who was waiting for one.",
            ("provider", "operation"),
            lags,
        )

    def _kept(self, lives: list[Live]) -> Iterator[Metric]:
        """What takes room."""
        recorders = [self._stage.journal, *(live.recorder for live in lives)]
        armed = sum(len(live.world.armory.armed) for live in lives)
        yield _gauge("worlds", "Worlds that there are.", (), {(): len(lives)})
        yield _gauge("faults_armed", "Faults that are armed.", (), {(): armed})
        yield _gauge(
            "exchanges_kept",
            "Exchanges that are remembered.",
            (),
            {(): sum(map(len, recorders))},
        )
        yield _gauge(
            "exchange_bodies_bytes",
            "Bytes of the large bodies that are remembered with them.",
            (),
            {(): sum(one.held for one in recorders)},
        )

    def _places(self) -> list[tuple[str, str]]:
        """Every stream there is."""
        return list(self._stage.lobby.hubs)


def _jobs(lives: list[Live], providers: Iterable[str]) -> Iterator[Metric]:
    standing = {(provider, status): 0 for provider in providers for status in Status}
    depth = dict.fromkeys(providers, 0)
    for live in lives:
        for place, count in live.world.standing.items():
            standing[place] += count
        for provider, count in live.world.open.items():
            depth[provider] += count
    yield _gauge(
        "jobs",
        "Jobs that are remembered, by where they stand.",
        ("provider", "status"),
        {(provider, status.value): n for (provider, status), n in standing.items()},
    )
    yield _gauge("queue_depth", "Jobs that have not ended.", ("provider",), _alone(depth))


def _ledger(lives: list[Live], providers: Iterable[str]) -> Metric:
    sums: Counter[tuple[str, str]] = Counter()
    for provider in providers:
        for account in [live.world.books.account(provider) for live in lives]:
            for pot in POTS:
                sums[provider, pot] += getattr(account, pot)
    return _gauge(
        "ledger_microdollars",
        "Micro-dollars in the accounts of all worlds; exact up to 2**53.",
        ("provider", "pot"),
        sums,
    )


def _connected(lives: list[Live], places: Iterable[tuple[str, str]]) -> Iterator[Metric]:
    readers = {place: sum(len(live.hubs[place].subscribers) for live in lives) for place in places}
    readers[FEED] = sum(len(live.watchers) for live in lives)
    blocked = {
        ("job",): sum(len(live.waits) for live in lives),
        ("fault",): sum(len(live.naps) for live in lives),
    }
    yield _gauge("subscribers", "Streams that are open.", ("provider", "operation"), readers)
    yield _gauge("blocked_calls", "Calls that wait, and for what.", ("on",), blocked)


def _alone(by: Mapping[str, int]) -> Mapping[tuple[str], int]:
    return {(name,): value for name, value in by.items()}


def _counter(name: str, text: str, labels: tuple[str, ...], of: Mapping[Any, int]) -> Metric:
    return _filled(CounterFamily(f"understudy_{name}", text, labels=labels), of)


def _gauge(name: str, text: str, labels: tuple[str, ...], of: Mapping[Any, int]) -> Metric:
    return _filled(GaugeFamily(f"understudy_{name}", text, labels=labels), of)


def _filled(family: CounterFamily | GaugeFamily, of: Mapping[Any, int]) -> Metric:
    for labels, value in sorted(of.items()):
        family.add_metric(labels, value)
    return family


def _histogram(
    name: str, text: str, labels: tuple[str, ...], of: Mapping[tuple[str, str], Spread]
) -> Metric:
    family = HistogramFamily(f"understudy_{name}", text, labels=labels)
    for values, spread in sorted(of.items()):
        family.add_metric(
            values,
            buckets=list(zip(LE, accumulate(spread.counts), strict=True)),
            sum_value=spread.sum / SECOND,
        )
    return family
