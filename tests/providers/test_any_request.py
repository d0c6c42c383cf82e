"""Whatever is sent, and whatever is assumed: an answer comes, and no money is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.providers.registry import assumptions
from tests.providers.desk import JOBS, LITE, PHOTO, QUEUE, Desk

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["8s", "nan", "inf", "1e9", "16:9", "auto", "720p", "data:,", PHOTO]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "image_url", "video_url", "url"]), inner)
    ),
    max_leaves=6,
)
MODELS = (
    "google-veo-3-1-lite",
    "google-veo-3-1",
    "kling-video-v2-6-pro-text-to-video",
    "kling-video-o3-pro-reference-to-video",
    "black-forest-labs-flux-2-klein-4b",
)
OXEN = (
    "prompt",
    "input_image",
    "input_images",
    "aspect_ratio",
    "duration",
    "resolution",
    "seed",
    "generate_audio",
    "output_format",
    "response_format",
    "num_generations",
    "target_namespace",
    "target_repo",
    "target_directory",
)
OMIXA = (
    "prompt",
    "video_operation",
    "task",
    "duration_seconds",
    "seconds",
    "aspect_ratio",
    "resolution",
    "size",
    "sample_count",
    "n_variants",
    "person_generation",
    "generate_audio",
    "seed",
    "start_frame",
    "image",
    "last_frame",
    "reference_images",
    "source_video",
    "video_id",
    "wait_seconds",
    "poll_interval_seconds",
)


def assumed(provider: str, *but: str) -> st.SearchStrategy[dict[str, str]]:
    """Any choices for a provider's assumptions, except for some that would refuse every call."""
    switches = {
        one.id: st.sampled_from(one.choices)
        for one in assumptions()
        if one.alternatives and one.id.startswith(f"{provider}.") and one.id not in but
    }
    return st.fixed_dictionaries({}, optional=switches)


def links(found: Any) -> list[str]:
    """Every link in an answer."""
    if isinstance(found, dict):
        return [link for one in found.values() for link in links(one)]
    if isinstance(found, list):
        return [link for one in found for link in links(one)]
    return [found] if isinstance(found, str) and "signature=" in found else []


@settings(deadline=None)
@given(
    assume=assumed("oxen", "oxen.user-agent-gate"),
    path=st.sampled_from([QUEUE, "/api/ai/videos/generate", "/api/ai/images/generate"]),
    model=st.sampled_from(MODELS),
    body=st.dictionaries(st.sampled_from(OXEN), JSON),
)
def test_any_submit_to_oxen_is_answered_and_any_link_works(
    assume: dict[str, str], path: str, model: str, body: dict[str, Any]
) -> None:
    desk = Desk(assume=assume)
    answer = desk.post(path, {**body, "model": model})
    assert answer.status in (200, 400, 415, 422, 502)
    desk.after(40)
    assert desk.get(QUEUE).body["count"] == 0
    assert desk.account("oxen").balances
    assert not desk.account("oxen").held
    assert len(desk.frames) in (0, len(desk.jobs))
    for link in links(desk.get("/api/ai/generations").body):
        assert desk.get(link, key=None).status == 200


@settings(deadline=None)
@given(
    assume=assumed("omixa", "omixa.signature", "omixa.job-timeout"),
    body=st.dictionaries(st.sampled_from(OMIXA), JSON),
)
def test_any_create_at_omixa_is_answered_and_any_link_works(
    assume: dict[str, str], body: dict[str, Any]
) -> None:
    desk = Desk(assume=assume)
    answer = desk.post(JOBS, {**LITE, **body})
    assert answer.status in (200, 201, 202, 422)
    desk.after(40)
    assert desk.account("omixa").balances
    assert not desk.account("omixa").held
    for path in ("/api/v1/usage/requests", "/api/v1/usage/rollups"):
        assert len(desk.get(path).body["data"]) == len(desk.jobs)
    if answer.status < 300:
        polls = [
            desk.post(f"{JOBS}/status", {"operation": answer.body["operation"]}),
            desk.get(f"{JOBS}/status?operation={answer.body['operation']}"),
        ]
        assert {poll.status for poll in polls} <= {200, 405}
        for link in links([poll.body for poll in polls]):
            assert desk.get(link, key=None).status == 200
