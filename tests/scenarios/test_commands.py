"""The commands for faults and scenarios."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from emulator import cli
from emulator.core.forms import args
from emulator.core.scenario import Scenario
from emulator.faults.catalogue import catalogue, kinds
from emulator.providers.port import Kind
from emulator.scenarios import read_fault, schema
from emulator.scenarios.text import parse
from tests.scenarios.running import Run

GIVEN: list[tuple[str, str | None]] = []
"""Paths and tokens that the stand-in server was asked with."""


def test_faults_lists_every_deed_with_an_example_that_can_be_pasted(run: Run) -> None:
    code, out, err = run("faults")
    assert (code, err) == (0, "")
    head, *lines = [line.split("\t") for line in out.splitlines()]
    assert [line[1] for line in lines] == list(catalogue())
    for line in lines:
        row = dict(zip(head, line, strict=True))
        fault = read_fault(parse(row["example"])[0], "it")
        assert fault.do == row["name"]
        struck = kinds().get((fault.on.provider or "", fault.on.operation or ""), Kind.CONNECT)
        assert struck in {one.kind for one in catalogue()[fault.do].examples}
        assert row["family"] == catalogue()[fault.do].family
        for name, one in args(catalogue()[fault.do]).items():
            assert f"{name}=" in row["takes"]
            assert one.text in row["takes"]


def test_a_person_gets_a_table_of_what_matters_most(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    code, out, err = run("faults")
    assert (code, err) == (0, "")
    assert "\t" not in out
    assert all(f" {name} " in out for name in catalogue())
    assert out.endswith("`understudy faults NAME` shows all of one.\n")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_one_fault_is_shown_in_full(run: Run, name: str) -> None:
    code, out, err = run("faults", name)
    assert (code, err) == (0, "")
    assert out.startswith(f"{name} ({catalogue()[name].family})\n")
    pasted, _ = parse(out[out.index("faults:\n") :])
    assert read_fault(pasted["faults"][0], "it").do == name
    for one in args(catalogue()[name]).values():
        assert one.text in out


def test_a_fault_that_is_not_there_is_explained(run: Run) -> None:
    said = "there is no fault 'loose'; `understudy faults` lists them; did you mean 'lose'?"
    assert run("faults", "loose") == (2, "", f"understudy: {said}\n")


def test_good_files_are_summed_up_and_bad_ones_explained(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(
        "seed: 3\nclock: {mode: auto}\nplans: [stick]\nfaults: [reset, stall]\n"
        "assumptions: {oxen.nulls: absent}\nkeys: {a: {}}\nchaos: {rates: {wire: 0.1}}\n"
    )
    bad.write_text("sed: 3")
    code, out, err = run("scenario", "check", str(bad), str(good), "gone.yaml")
    assert code == 2
    said = "seed 3, auto clock, 1 plan, 2 faults, 1 assumption, 1 key, chaos in wire"
    assert out == f"{good}: good ({said})\n"
    first, second = err.splitlines()
    assert first.startswith(f"understudy: {bad}:1: there is no 'sed'")
    assert second == "understudy: gone.yaml: cannot be read: No such file or directory"


def test_check_wants_a_file(run: Run) -> None:
    code, out, err = run("scenario", "check")
    assert (code, out) == (2, "")
    assert "FILE|NAME" in err


def test_the_schema_is_printed_and_is_one(run: Run) -> None:
    code, out, err = run("scenario", "schema")
    assert (code, err) == (0, "")
    assert json.loads(out) == schema()
    jsonschema_rs.meta.validate(schema())


def test_the_schema_tells_editors_what_everything_is() -> None:
    made = schema()
    assert made["$schema"].endswith("2020-12/schema")
    for one in made["properties"].values():
        assert one["description"].endswith(".")
    names, *deeds = made["$defs"]["deed"]["anyOf"]
    assert names["enum"] == list(catalogue())
    described = {name: one for deed in deeds for name, one in deed["properties"].items()}
    assert list(described) == list(catalogue())
    assert described["drip"]["description"].startswith("The answer is right, but drips")
    assert described["drip"]["properties"]["every"]["default"] == "1s"
    assert described["lose"]["properties"]["how"]["default"] == "reset"


class Stand(BaseHTTPRequestHandler):
    """Answers as the control plane would."""

    def do_GET(self) -> None:
        GIVEN.append((self.path, self.headers.get("X-Understudy-Token")))
        known = {
            "/_understudy/worlds/dev/scenario": (200, "seed: 3\n# é\n"),
            "/_understudy/worlds/a%2Fb%20c/scenario": (200, "seed: 4\n"),
            "/_understudy/worlds/html/scenario": (502, "<html>"),
            "/_understudy/worlds/list/scenario": (500, "[]"),
        }
        none = json.dumps({"error": {"message": "there is no world called nobody"}})
        status, text = known.get(self.path, (404, none))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *given: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stand) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("world", "text"), [("dev", "seed: 3\n# é\n"), ("a/b c", "seed: 4\n")])
def test_a_worlds_scenario_is_printed_as_it_comes(
    run: Run, url: str, world: str, text: str
) -> None:
    assert run("scenario", "export", world, "--url", url) == (0, text, "")
    assert run("scenario", "export", world, "--url", f"{url}/") == (0, text, "")


def test_an_export_shows_the_token_it_was_given_and_goes_past_every_proxy(
    run: Run, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert run("scenario", "export", "dev", "--url", url, "--control-token", "t")[0] == 0
    assert GIVEN[-1] == ("/_understudy/worlds/dev/scenario", "t")
    assert run("scenario", "export", "dev", "--url", url)[0] == 0
    assert GIVEN[-1] == ("/_understudy/worlds/dev/scenario", None)


@pytest.mark.parametrize(
    ("world", "said"),
    [
        ("nobody", "answers 404: there is no world called nobody"),
        ("html", "answers 502: Bad Gateway"),
        ("list", "answers 500: Internal Server Error"),
    ],
)
def test_an_export_that_is_refused_says_why(run: Run, url: str, world: str, said: str) -> None:
    assert run("scenario", "export", world, "--url", url) == (2, "", f"understudy: {url} {said}\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "nothing answers at http://127.0.0.1:1: Connection refused"),
        ("http://example.com", "--url: example.com is another machine: --control-token is needed"),
        ("file:///etc/passwd", "is no address, such as http://127.0.0.1:8787"),
        ("127.0.0.1:8787", "is no address, such as http://127.0.0.1:8787"),
        ("http://[::1", "is no address: Invalid IPv6 URL"),
        ("http://127.0.0.1:web", "cannot be read: "),
        ("", "is no address, such as http://127.0.0.1:8787"),
    ],
)
def test_an_export_from_nowhere_says_so_in_one_line(run: Run, url: str, said: str) -> None:
    code, out, err = run("scenario", "export", "dev", "--url", url)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_serve_takes_a_name_too(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[Scenario] = []

    class Quiet:
        """Serves nothing."""

        def __init__(self, app: Any, **given: Any) -> None:
            del app, given

        def run(self, **given: Any) -> None:
            del given

    def stage(scenario: Scenario, *given: Any, **named: Any) -> None:
        served.append(scenario)

    monkeypatch.setattr(cli, "Stage", stage)
    monkeypatch.setattr(cli, "App", Quiet)
    monkeypatch.setattr(cli, "Server", Quiet)
    monkeypatch.setattr("emulator.scenarios.named.SHELVES", (tmp_path,))
    (tmp_path / "storm.yaml").write_text("seed: 5\nbalance: 3")
    assert run("serve", "--port", "0", "--scenario", "storm", "--seed", "6") == (0, "", "")
    assert (served[0].seed, served[0].balance) == (6, 3_000_000)
