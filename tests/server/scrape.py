"""The metrics page, read by Prometheus' own parser."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.server.inside import House, Talk

PAGE = "/_understudy/metrics"


class Scrape:
    """What one scrape said. `of` is a series: by the values of its labels, in the order of their
    names; the one value of a family without labels has none."""

    def __init__(self, talk: Talk) -> None:
        assert talk.status == 200, talk.bytes
        self.text = talk.bytes.decode()
        self.families = {one.name: one for one in text_string_to_metric_families(self.text)}
        self.samples = {
            (one.name, tuple(sorted(one.labels.items()))): one.value
            for family in self.families.values()
            for one in family.samples
        }

    def of(self, name: str) -> dict[Any, float]:
        """The series of that name that are not zero."""
        found = {}
        for (sample, labels), value in self.samples.items():
            if sample == f"understudy_{name}" and value:
                found[" ".join(text for _, text in labels)] = value
        return found

    def totals(self) -> dict[Any, float]:
        """Everything that never falls."""
        kinds = {
            one.name: family.type for family in self.families.values() for one in family.samples
        }
        growing = ("counter", "histogram")
        return {key: value for key, value in self.samples.items() if kinds[key[0]] in growing}


async def scrape(house: House) -> Scrape:
    return Scrape(await house.call("GET", PAGE))
