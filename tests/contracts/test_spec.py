"""The contract as a judge of what is on record: it finds what is wrong, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.cases import Case, load_case, sample
from contracts.intents import End
from contracts.spec import flaws
from contracts.strategies import bodies
from contracts.subjects.python import PythonSubject
from emulator.core.assumptions import Assumption
from emulator.core.clock import SECOND
from emulator.core.scenario import PlanRule, Scenario
from emulator.providers.registry import providers
from emulator.server.recorder import Exchange, Kept

SCENARIOS = sorted((Path(__file__).parents[2] / "fixtures" / "scenarios").glob("*.yaml"))
QUICK = Scenario(plans=(PlanRule(queued=SECOND, running=3 * SECOND),))
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
JOBS = "/api/v1/videos/jobs"
QUEUE = "/api/ai/queue"
ID = "7d0f1c5e-6a3b-4f0e-9b53-2f6d1e8a9c40"
ROW = {
    "generation_id": ID,
    "model_name": "google-veo-3-1",
    "media_type": "video",
    "status": "queued",
    "result_url": None,
    "error_message": None,
    "enqueued_at": 1775091431,
    "started_at": None,
    "completed_at": None,
    "target_namespace": "ox",
    "target_repo": None,
    "target_directory": None,
}
RUNNING = {
    "provider": "google",
    "model": "veo-3.1-lite-generate-001",
    "status": "running",
    "operation": f"projects/p/locations/l/publishers/google/models/m/operations/{ID}",
    "poll_after_seconds": 5,
    "data": [],
}


@pytest.fixture(scope="module")
def visitor(request: pytest.FixtureRequest) -> Iterator[dict[str, PythonSubject]]:
    with (
        PythonSubject("tests.contracts.visitor:oxen") as oxen,
        PythonSubject("tests.contracts.visitor:omixa") as omixa,
    ):
        yield {"oxen": oxen, "omixa": omixa}


def exchange(
    method: str, target: str, *, status: int = 200, said: Any = b"", **more: Any
) -> Exchange:
    """One exchange, with whatever is of interest about it."""
    body = more.pop("body", b"")
    given = {
        "number": 1,
        "began": 0,
        "ended": 0,
        "provider": "",
        "operation": "",
        "key": "k",
        "request_headers": [],
        "response_headers": [(b"content-type", more.pop("kind", b"application/json"))],
        **more,
    }
    return Exchange(
        method=method,
        target=target,
        status=status,
        request_body=body if isinstance(body, bytes | Kept) else orjson.dumps(body),
        response_body=said if isinstance(said, bytes | Kept) else orjson.dumps(said),
        **given,
    )


def asked(provider: str, *args: Any, **more: Any) -> list[str]:
    """What is wrong with a request."""
    found = flaws(provider, [exchange(*args, provider=provider, **{"fault": "reset", **more})])
    assert not any(one.answer for one in found), "a fault may break an answer"
    return [one.text for one in found]


def answered(judge: str, *args: Any, **more: Any) -> list[str]:
    """What is wrong with an answer."""
    found = flaws(judge, [exchange(*args, **{"provider": judge, **more})])
    return [one.text for one in found if one.answer]


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
@pytest.mark.parametrize("path", SCENARIOS, ids=[one.stem for one in SCENARIOS])
def test_no_answer_of_the_emulator_is_a_flaw(
    path: Path, provider: str, visitor: dict[str, PythonSubject]
) -> None:
    case = load_case(path)
    trial = visitor[provider].play(
        Case(provider=provider, scenario=case.scenario, body=sample(provider))
    )
    assert trial.trouble is None
    assert trial.exchanges
    assert [one.text for one in trial.flaws if one.answer] == []


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "operation"), [("oxen", "enqueue"), ("omixa", "create")])
@QUIET
@given(data=st.data())
def test_nor_is_one_to_a_drawn_request(
    data: st.DataObject, provider: str, operation: str, visitor: dict[str, PythonSubject]
) -> None:
    body = data.draw(bodies(provider, operation) | _odd(provider))
    trial = visitor[provider].play(Case(provider=provider, scenario=QUICK, body=body))
    assert trial.trouble is None
    assert [one.text for one in trial.flaws if one.answer] == []


def _odd(provider: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that are refused, most of them."""
    values = st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=9) | st.just([4])
    names = st.sampled_from([*sample(provider), "duration", "num_generations", "seconds", "size"])
    return st.dictionaries(names, values, max_size=3).map(lambda odd: {**sample(provider), **odd})


def test_under_another_assumption_nothing_is_judged(visitor: dict[str, PythonSubject]) -> None:
    for provider in ("oxen", "omixa"):
        for one in providers()[provider].assumptions[:6]:
            for choice in _choices(one):
                scenario = Scenario(assumptions={one.id: choice})
                case = Case(provider=provider, scenario=scenario, body=sample(provider))
                assert visitor[provider].play(case).flaws == ()


def _choices(one: Assumption) -> list[str]:
    return [choice for choice in one.alternatives if choice != "-"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"duration_seconds": [4]}, "duration_seconds is [4], a list; documented is a number"),
        ({"duration_seconds": 31}, "duration_seconds is 31; documented is at most 30"),
        ({"duration_seconds": 5}, "duration_seconds is 5; documented is 4, 6 or 8"),
        ({"seconds": "8"}, 'seconds is "8", a text; documented is a number'),
        ({"sample_count": True}, "sample_count is true, a boolean; documented is an integer"),
        ({"resolution": "4k"}, 'resolution is "4k"; documented is "720p", "1080p", "1280x720"'),
        ({"prompt": ""}, 'prompt is ""; documented is at least 1 in length'),
        (
            {"image": "https://x.org/a.png"},
            'image is "https://x.org/a.png"; documented is the form',
        ),
        ({"image": {"type": "image_url"}}, "image.image_url is missing"),
        ({"video_operation": "extend"}, "source_video, source_video_id or video_id is missing"),
        ({"seed": 2**40}, "seed is 1099511627776; documented is at most 4294967295"),
    ],
)
def test_a_request_flaw_says_the_field_the_value_and_what_is_documented(
    body: dict[str, Any], said: str
) -> None:
    (text,) = asked("omixa", "POST", JOBS, body={**sample("omixa"), **body})
    assert text.startswith(f"POST {JOBS}: {said}")


@pytest.mark.parametrize(
    ("provider", "method", "target", "body", "said"),
    [
        ("omixa", "POST", JOBS, b"prompt=x", 'the body is "prompt=x", which is no JSON'),
        ("omixa", "POST", JOBS, b"", "there is no body; documented is JSON"),
        ("omixa", "POST", JOBS, [1], "the body is [1], a list; documented is an object"),
        ("omixa", "GET", JOBS, b"", "documented there is POST"),
        ("omixa", "POST", f"{JOBS}/1/cancel", b"", "there is no such path"),
        ("omixa", "GET", f"{JOBS}/status", b"", "the query parameter operation is missing"),
        ("oxen", "GET", f"{QUEUE}?status=done", b"", 'the query parameter status is "done"'),
        (
            "oxen",
            "GET",
            f"{QUEUE}?state=queued",
            b"",
            "the query parameter state is not documented",
        ),
        ("oxen", "GET", "/api/ai/generations?page=0", b"", "page is 0; documented is at least 1"),
        ("oxen", "GET", "/api/ai/generations?page=x", b"", 'page is "x", a text; documented is an'),
        (
            "oxen",
            "POST",
            QUEUE,
            {"model": "sora"},
            'model is "sora"; documented is "google-veo-3-1-',
        ),
        ("oxen", "POST", QUEUE, {"prompt": "x"}, "model is missing"),
        (
            "oxen",
            "POST",
            "/api/ai/videos/generate",
            {"model": "google-veo-3-1", "prompt": "x", "duration": "8s"},
            'duration is "8s", a text; documented is an integer',
        ),
    ],
)
def test_every_part_of_a_request_is_judged(
    provider: str, method: str, target: str, body: Any, said: str
) -> None:
    (text,) = asked(provider, method, target, body=body)
    assert said in text


@pytest.mark.parametrize(
    ("provider", "method", "target", "body"),
    [
        ("omixa", "POST", JOBS, sample("omixa")),
        ("omixa", "POST", f"{JOBS}/status", {"operation": "projects/x"}),
        ("omixa", "GET", f"{JOBS}/status?operation=projects%2Fx&model=m", b""),
        ("omixa", "HEAD", "/api/v1/videos/files/a-0.mp4?signature=x", b""),
        ("oxen", "POST", QUEUE, {**sample("oxen"), "duration": [1], "more": {"a": [None]}}),
        ("oxen", "GET", f"{QUEUE}?status=queued&folder=", b""),
        ("oxen", "DELETE", f"{QUEUE}/{ID}", b""),
        ("oxen", "GET", "/api/ai/models/search?search=veo", b""),
        ("oxen", "GET", "/api/repos/ox/art/file/main/deep/in/it.mp4?oxen_signature=x", b""),
    ],
)
def test_a_good_request_has_no_flaw(provider: str, method: str, target: str, body: Any) -> None:
    assert asked(provider, method, target, body=body) == []


def test_any_image_and_any_job_may_be_sent_not_only_the_samples() -> None:
    body = {**sample("omixa"), "image": "data:image/png;base64,aGk="}
    assert asked("omixa", "POST", JOBS, body=body) == []
    extended = {**sample("omixa"), "source_video": RUNNING["operation"]}
    assert asked("omixa", "POST", JOBS, body={**extended, "video_operation": "extend"}) == []


def test_a_body_that_is_not_on_record_is_not_missed() -> None:
    assert asked("omixa", "POST", JOBS, body=Kept("0" * 32, 9000)) == []
    assert asked("omixa", "POST", JOBS, request_headers=[(b"content-length", b"20")]) == []
    assert asked("omixa", "POST", JOBS, request_headers=[(b"transfer-encoding", b"chunked")]) == []
    assert asked("omixa", "POST", JOBS, request_headers=[(b"content-length", b"0")]) != []


def test_whoever_is_sent_somewhere_may_go_there() -> None:
    away = exchange(
        "GET", QUEUE, status=302, fault="redirect", response_headers=[(b"location", b"/moved?a=b")]
    )
    there = exchange("GET", "/moved?a=b", status=404)
    assert [one.text for one in flaws("oxen", [away, there])] == []
    assert [one.text for one in flaws("oxen", [there])] == ["GET /moved: there is no such path"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": ...}, "status is missing"),
        (
            {"enqueued_at": "1775091431"},
            'enqueued_at is "1775091431", a text; documented is an int',
        ),
        ({"status": "pending"}, 'status is "pending"; documented is "queued", "processing"'),
        ({"status": "succeeded"}, "result_url is null; documented is a text"),
        ({"generation_id": "7"}, 'generation_id is "7"; documented is the format uuid'),
        ({"error_message": "no"}, 'error_message is "no", a text; documented is null'),
    ],
)
def test_a_wrong_row_is_found(change: dict[str, Any], said: str) -> None:
    row = {name: one for name, one in {**ROW, **change}.items() if one is not ...}
    found = answered("oxen", "GET", f"{QUEUE}/{ID}", said=row)
    wanted = f"GET {QUEUE}/{{generation_id}}: of 200, {said}"
    assert any(text.startswith(wanted) for text in found)


def test_other_wrong_answers_are_found() -> None:
    target = f"{QUEUE}/{ID}"
    assert answered("oxen", "GET", target, said=ROW) == []
    assert "the status 202 is not documented" in answered("oxen", "GET", target, status=202)[0]
    assert "came as text/html" in answered("oxen", "GET", target, kind=b"text/html")[0]
    assert "is no JSON" in answered("oxen", "GET", target, said=b'{"status"')[0]
    listed = {"count": 1, "generations": [{**ROW, "started_at": "now"}]}
    assert "generations[0].started_at is" in answered("oxen", "GET", QUEUE, said=listed)[0]
    assert answered("omixa", "POST", JOBS, said=RUNNING) == []
    assert answered("omixa", "POST", JOBS, said={**RUNNING, "data": None}) != []
    assert answered("omixa", "POST", JOBS, said={**RUNNING, "progress": 7}) != []
    refused = {"error": {"message": "No.", "type": "billing_error", "code": "insufficient_balance"}}
    assert "error.message is" in answered("omixa", "POST", JOBS, status=402, said=refused)[0]


def test_only_what_can_be_judged_is_judged() -> None:
    target = f"{QUEUE}/{ID}"
    assert answered("oxen", "GET", target, fault="missing", said={}) == []
    assert answered("oxen", "GET", target, status=499) == []
    assert answered("omixa", "GET", "/moved", status=404, said={"error": {}}, provider="") == []
    assert answered("omixa", "GET", "/api/v1/none", status=404, said={"error": {}}) != []
    assert answered("oxen", "GET", target, said=Kept("0" * 32, 9000)) == []
    assert answered("oxen", "GET", "/api/events", kind=b"text/event-stream") == []
    assert "came as" in answered("oxen", "GET", "/api/events", kind=b"application/json")[0]


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_a_range_behind_the_end_is_answered_as_documented(provider: str) -> None:
    with PythonSubject(f"tests.contracts.visitor:{provider}_behind_the_end") as subject:
        trial = subject.play(Case(provider=provider, scenario=QUICK, body=sample(provider)))
    assert trial.exchanges[-1].status == 416
    assert trial.flaws == ()


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_whoever_reads_the_documents_has_no_flaw(provider: str) -> None:
    names = {
        "oxen": "tests.clients.honest.oxen_polling:order",
        "omixa": "tests.contracts.virtual.clients:of_omixa",
    }
    with PythonSubject(names[provider]) as subject:
        trial = subject.play(Case(provider=provider, scenario=QUICK, body=sample(provider)))
    assert trial.outcome.outcome is End.SUCCEEDED
    assert trial.flaws == ()
