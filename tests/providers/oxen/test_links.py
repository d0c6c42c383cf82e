from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from emulator.core.clock import HOUR
from emulator.providers.port import Answer, File
from tests.providers.desk import ORIGIN, VEO, Desk, enqueued, row


def finished(name: str = "desk") -> tuple[Desk, str]:
    """A world with a job that has succeeded, and the job's link."""
    desk = Desk(name)
    (id,) = enqueued(desk)
    return desk, row(desk.after(40), id)["result_url"]


def test_a_link_has_the_hubs_form_on_the_origin_that_was_called() -> None:
    desk, url = finished()
    (job,) = desk.jobs
    assert re.fullmatch(
        rf"{ORIGIN}/api/repos/desk/playground/file/main/[^?]*{job.id}\.mp4\?oxen_signature=[^&]+",
        url,
    )


def test_a_link_lies_in_the_targets_asked_for() -> None:
    desk = Desk()
    where = {"target_namespace": "ox", "target_repo": "art", "target_directory": "a/b c"}
    (id,) = enqueued(desk, VEO, **where)
    url = row(desk.after(40), id)["result_url"]
    assert urlsplit(url).path == f"/api/repos/ox/art/file/main/a/b%20c/{id}.mp4"
    assert desk.get(url).status == 200


ODD = [
    ".",
    "..",
    "/",
    "//",
    "a/../b",
    "../../etc",
    "a//b",
    "ü",
    "a b",
    "a?b#c",
    "%2e%2e",
    "a.b",
    "",
]


@pytest.mark.parametrize("name", ["target_namespace", "target_repo", "target_directory"])
@pytest.mark.parametrize("odd", ODD)
def test_a_link_survives_what_clients_do_to_urls(name: str, odd: str) -> None:
    desk = Desk()
    (id,) = enqueued(desk, VEO, **{name: odd})
    url = row(desk.after(40), id)["result_url"]
    path = urlsplit(url).path
    assert "." not in path.split("/")
    assert ".." not in path.split("/")
    assert "//" not in path
    assert desk.get(url, key=None).body == File(desk.jobs[0])


@pytest.mark.parametrize("key", [None, "key"])
def test_the_signature_in_a_link_is_enough(key: str | None) -> None:
    desk, url = finished()
    assert desk.get(url, key=key) == Answer(200, File(desk.jobs[0]))


def test_the_events_link_works_like_the_rows() -> None:
    desk, _ = finished()
    url = desk.frames[0].partition(b'"url":"')[2].partition(b'"')[0].decode()
    assert desk.get(url, key=None).status == 200


TAMPERED: dict[str, Callable[[str], str]] = {
    "no signature": lambda url: url.partition("?")[0],
    "an empty signature": lambda url: url.partition("=")[0] + "=",
    "no form": lambda url: url.partition("=")[0] + "=nonsense",
    "another mac": lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
    "no mac": lambda url: url.rpartition(".")[0] + ".",
    "a later expiry": lambda url: re.sub(r"\.(\d+)\.", lambda m: f".{int(m[1]) + 1}.", url),
    "no expiry": lambda url: re.sub(r"\.\d+\.", "..", url),
    "another directory": lambda url: url.replace("/generations/", "/others/"),
    "another repository": lambda url: url.replace("/playground/", "/art/"),
    "another file": lambda url: url.replace(".mp4", ".mp3"),
    "another job": lambda url: re.sub(r"/[0-9a-f]{8}-", "/00000000-", url),
}


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED)
def test_a_link_that_was_tampered_with_is_refused(tampered: Callable[[str], str]) -> None:
    desk, url = finished()
    assert tampered(url) != url
    answer = desk.get(tampered(url), key=None)
    assert answer.status == 403
    assert answer.body.keys() == {"error", "status", "status_message"}


def test_a_signature_fits_its_own_path_only() -> None:
    desk = Desk()
    one, two = (row(desk, id) for id in enqueued(desk, num_generations=2))
    desk.after(40)
    one, two = (row(desk, made["generation_id"])["result_url"] for made in (one, two))
    assert desk.get(one.partition("?")[0] + "?" + two.partition("?")[2]).status == 403


def test_another_worlds_signature_is_worth_nothing_here() -> None:
    (here, mine), (_, theirs) = finished("here"), finished("there")
    assert here.get(theirs).status == 403
    renamed = theirs.replace("=there.", "=here.").replace("/there/", "/here/")
    assert here.get(renamed).status == 403
    assert here.get(mine).status == 200


def test_a_link_works_for_an_hour_and_not_a_second_longer() -> None:
    desk, url = finished()
    signed = desk.clock
    assert desk.until(signed + HOUR - 1).get(url).status == 200
    assert desk.until(signed + HOUR).get(url).status == 403


def test_a_link_keeps_its_file() -> None:
    desk, url = finished()
    enqueued(desk.after(60))
    assert desk.get(url).body.job.id == desk.jobs[0].id
