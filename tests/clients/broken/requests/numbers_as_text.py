"""It puts every value through `str`, as one does for a form: a seed of 7 arrives as the text 7."""

from __future__ import annotations

from typing import Any

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Stringly(OxenPolling):
    def body(self) -> dict[str, Any]:
        return {name: str(value) for name, value in super().body().items()}


order = ordering(Stringly)
