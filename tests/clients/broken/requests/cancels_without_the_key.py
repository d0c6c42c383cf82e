"""It cancels with a bare `delete` of its own, past the step that adds the key: the 401 is
swallowed, as giving up must not fail."""

from __future__ import annotations

from tests.clients.honest.oxen_polling import OxenPolling, ordering


class Keyless(OxenPolling):
    def cancel(self, id: str) -> None:
        self.send("DELETE", f"{self.intent.base_url}/api/ai/queue/{id}", allow_redirects=False)


order = ordering(Keyless)
