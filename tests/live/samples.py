"""The samples of the vendors' pages, taken out of the pages as they stand.

The pages are not part of the repository. Where they are missing, our own pages under
`fixtures/requests` take their place: they hold the same calls in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
OURS = ROOT / "fixtures" / "requests"

FENCE = re.compile(
    r'^ *<Tab title="(?P<open>[^"]+)">|^ *(?P<close></Tab>)'
    r"|^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
LANGUAGES = {"cURL": "bash", "JavaScript fetch": "javascript", "Python requests": "python"}
FRAGMENTS = {"PHP cURL": "php", "Go net/http": "go"}
"""What is no program: somebody has to put its answer to use."""

HEADINGS = (*LANGUAGES, *FRAGMENTS, "C# HttpClient", "Production checklist")


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece of code from a page: where on it, in which language, and the code itself."""

    where: str
    language: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.where} {self.language}".strip().lower().replace(" ", "-")


def oxen() -> list[Sample]:
    """Tabs within tabs, with fences in them."""
    return list(_fenced(_page("000_*.txt", "oxen.md")))


def omixa() -> list[Sample]:
    """Plain text under headings."""
    return list(_headed(_page("001_*.txt", "omixa.txt"), LANGUAGES))


def fragments() -> list[Sample]:
    """Those of the same page that are no programs by themselves, but its C#: no compiler of C# 8 is
    among Debian's packages."""
    return list(_headed(_page("001_*.txt", "omixa.txt"), FRAGMENTS))


def _page(seed: str, ours: str) -> str:
    page = next(iter(sorted(SEEDS.glob(seed))), OURS / ours)
    return page.read_text(encoding="utf-8")


def _fenced(page: str) -> Iterator[Sample]:
    tabs: list[str] = []
    for found in FENCE.finditer(page):
        if found["open"]:
            tabs.append(found["open"])
        elif found["close"]:
            tabs.pop()
        else:
            yield Sample(" ".join(tabs), found["language"], dedent(found["code"]))


def _headed(page: str, wanted: Mapping[str, str]) -> Iterator[Sample]:
    parts = re.split(rf"^({'|'.join(HEADINGS)})$", page, flags=re.MULTILINE)
    for heading, code in zip(parts[1::2], parts[2::2], strict=True):
        if heading in wanted:
            yield Sample("", wanted[heading], code.strip() + "\n")
