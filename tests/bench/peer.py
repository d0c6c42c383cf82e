"""Who is compared: how each peer starts with its stub, and what it does less than the understudy.

Each sentence of `less` was checked: what a peer refuses is asked again in every run, the rest is
from the documents or the source of the version that package.json pins. Prism is not the newest,
which asks for Node 24.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

STUBS = Path(__file__).parent / "peers"
MODULES = STUBS / "node_modules"
JOB = "/bbb2c712-91bd-4d79-bc37-c58421e2b5c6"
TEMPLATED = "/templated"
"""What the paths start with whose answers are made from a template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One server to compare with."""

    name: str
    command: tuple[str, ...]
    less: str
    package: str = ""
    ready: str = f"/api/ai/queue{JOB}"
    queue: str = "/api/ai/queue"
    templated: tuple[str, ...] = ()

    def version(self) -> str:
        """The version that npm installed."""
        file = MODULES / self.package / "package.json"
        return str(json.loads(file.read_text())["version"]) if self.package else ""


def node(file: str, *words: str) -> tuple[str, ...]:
    """A command for Node."""
    return ("node", str(MODULES / file), *words)


def java(package: str, pattern: str, *words: str) -> tuple[str, ...]:
    """A command for Java: the jar that the package itself ships."""
    jar = next((MODULES / package).glob(pattern), MODULES / package / pattern)
    return ("java", "-jar", str(jar), *words)


PEERS = (
    Peer(
        name="aimock",
        package="@copilotkit/aimock",
        command=("node", str(STUBS / "aimock.mjs"), "{port}"),
        ready="/health",
        queue="/api/v1/videos",
        less="Its OpenRouter video surface: a job for each create, kept to the last 10,000, that "
        "polls move on and time does not; of the body only prompt and model, and those only for "
        "their type; any key unless told; no money; a journal of 1,000 calls. (Its source, "
        "openrouter-video.js; the stub asks for so many polls that jobs stay pending.)",
    ),
    Peer(
        name="Prism",
        package="@stoplight/prism-cli",
        command=node(
            "@stoplight/prism-cli/dist/index.js",
            *("mock", "--port", "{port}", "--verboseLevel", "silent", str(STUBS / "prism.yaml")),
        ),
        less="Checks the body and asks for a key, by its OpenAPI file, but keeps nothing: one "
        "static example for every id (its dynamic mode makes values up), no lifecycle, no money, "
        "no journal. (Asked, of --dynamic too.)",
    ),
    Peer(
        name="Mockoon",
        package="@mockoon/cli",
        command=node(
            "@mockoon/cli/bin/run.js",
            *("start", "--data", str(STUBS / "mockoon.json"), "--port", "{port}"),
            *("--hostname", "127.0.0.1", "--disable-log-to-file", "--disable-admin-api"),
        ),
        templated=("poll", "create"),
        less="No state behind an id, no validation, no key, no lifecycle, no money; HTTP routes "
        "are stateless but for global variables and request numbers. (Asked; its documents on "
        "HTTP routes.)",
    ),
    Peer(
        name="mountebank",
        package="mountebank",
        command=node(
            "mountebank/bin/mb",
            *("start", "--host", "127.0.0.1", "--port", "{spare}", "--loglevel", "error"),
            *("--nologfile", "--configfile", str(STUBS / "mountebank.ejs")),
        ),
        templated=("poll",),
        less="No state behind an id, no validation, no key, no lifecycle, no money, no journal "
        "unless asked for; a template only copies from the request, so a new id for each create "
        "would need injected JavaScript. (Asked; its source, models/imposter.js.)",
    ),
    Peer(
        name="WireMock",
        package="wiremock",
        command=java(
            "wiremock",
            "build/*.jar",
            *("--port", "{port}", "--bind-address", "127.0.0.1", "--root-dir", "wiremock"),
            *("--disable-banner", "--no-request-journal", "--disable-request-logging"),
        ),
        templated=("poll", "create"),
        less="No state behind an id, no validation, no key, no lifecycle, no money; its journal is "
        "off here, as it costs half the speed; its scenarios hold one state by name, not one for "
        "each job. (Asked; its document on stateful behaviour.)",
    ),
    Peer(
        name="MockServer",
        package="mockserver-node",
        command=java(
            "mockserver-node",
            "*.jar",
            *("--port", "{port}", "--log-level", "WARN", "--init", str(STUBS / "mockserver.json")),
            *("-D", "mockserver.localBoundIP=127.0.0.1"),
        ),
        templated=("poll", "create"),
        less="No state behind an id, no validation, no key, no lifecycle, no money; its scenarios "
        "are named state machines that the stub does not use. (Asked; its document on stateful "
        "scenarios.)",
    ),
)
