from __future__ import annotations

from typing import Any

import pytest

from tests.providers.desk import Desk

MODELS = "/api/ai/models"
VIDEO = {
    "google-veo-3-1-lite",
    "google-veo-3-1",
    "kling-video-v2-6-pro-text-to-video",
    "kling-video-o3-pro-reference-to-video",
}
NAMES = VIDEO | {"black-forest-labs-flux-2-klein-4b", "understudy-text-only"}
REQUIRED = {"id", "object", "created", "owned_by"}
OPTIONAL = {
    "display_name",
    "description",
    "summary",
    "model_type",
    "endpoint",
    "capabilities",
    "pricing",
    "fine_tuning",
    "deployments",
    "developer",
    "source_model",
    "image_url",
    "released_at",
    "request_schema",
    "json_request_schema",
    "showcase",
}
PRICES = {
    "input_cost_per_token",
    "output_cost_per_token",
    "cost_per_image",
    "cost_per_image_grid",
    "cost_per_second",
    "cost_per_second_by_resolution",
    "cost_per_second_with_audio",
    "cost_per_second_high_res",
}


def listed(target: str = MODELS) -> list[dict[str, Any]]:
    """The models that a list shows."""
    answer = Desk().get(target)
    assert answer.status == 200
    assert answer.body.keys() == {"object", "data"}
    assert answer.body["object"] == "list"
    return answer.body["data"]


def model(name: str, **assume: str) -> dict[str, Any]:
    """One model's object."""
    answer = Desk(assume=assume).get(f"{MODELS}/{name}")
    assert answer.status == 200
    return answer.body


def test_the_list_has_every_model_and_no_pages() -> None:
    assert {one["id"] for one in listed()} == NAMES
    assert {one["id"] for one in listed(f"{MODELS}?page=2&page_size=1")} == NAMES


@pytest.mark.parametrize(
    "target", [MODELS, f"{MODELS}/search?search=veo", f"{MODELS}/google-veo-3-1"]
)
def test_nobody_needs_a_key_to_look(target: str) -> None:
    assert Desk().get(target, key=None) == Desk().get(target)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_model_is_the_same_bare_object_in_the_list_and_alone(name: str) -> None:
    (one,) = (one for one in listed() if one["id"] == name)
    assert model(name) == one
    assert one.keys() >= REQUIRED
    assert one.keys() <= REQUIRED | OPTIONAL


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_models_fields_have_the_documented_types(name: str) -> None:
    one = model(name)
    assert (one["object"], one["owned_by"], one["model_type"]) == ("model", "oxen", "base")
    assert type(one["created"]) is int
    assert one["deployments"] == [{"status": "active"}]
    assert one["capabilities"].keys() == {"input", "output"}
    assert one["pricing"].keys() == {"method"} | PRICES
    assert one["developer"] is None or one["developer"].keys() == {"name", "logo"}
    assert one["fine_tuning"] is None
    assert one["released_at"] is None or one["released_at"].endswith("Z")


# model, method of pricing, where the price stands, the price, endpoint, what comes out
PRICED = (
    ("kling-video-v2-6-pro-text-to-video", "per_video_output_second", "cost_per_second", 0.07),
    ("kling-video-o3-pro-reference-to-video", "per_video_output_second", "cost_per_second", 0.224),
    ("black-forest-labs-flux-2-klein-4b", "per_image", "cost_per_image", 0.01),
)


@pytest.mark.parametrize(("name", "method", "where", "rate"), PRICED)
def test_the_published_prices_are_numbers_of_dollars(
    name: str, method: str, where: str, rate: float
) -> None:
    pricing = model(name)["pricing"]
    assert pricing == {**dict.fromkeys(PRICES), "method": method, where: rate}


@pytest.mark.parametrize(
    ("name", "endpoint", "output"),
    [
        *((name, "/videos/generate", "video") for name in sorted(VIDEO)),
        ("black-forest-labs-flux-2-klein-4b", "/images/generate", "image"),
        ("understudy-text-only", "/chat/completions", "text"),
    ],
)
def test_a_model_names_its_endpoint_and_what_it_makes(
    name: str, endpoint: str, output: str
) -> None:
    one = model(name)
    assert (one["endpoint"], one["capabilities"]["output"]) == (endpoint, [output])


def test_the_schema_stands_under_both_of_its_names() -> None:
    one = model("google-veo-3-1-lite")
    assert one["request_schema"] == one["json_request_schema"]


@pytest.mark.parametrize("name", sorted(VIDEO))
def test_a_schema_is_a_json_schema_in_the_hubs_form(name: str) -> None:
    schema = model(name)["request_schema"]
    assert schema["type"] == "object"
    assert {*schema["required"]} | {*schema["basic"]} <= schema["properties"].keys()
    assert all({"type", "title", "x-order"} <= one.keys() for one in schema["properties"].values())
    orders = [one["x-order"] for one in schema["properties"].values()]
    assert orders == sorted(set(orders))


# parameter, required, type, default, choices: the seed page's two tables
SEED = (
    ("prompt", True, "string", None, None),
    ("input_image", True, "string", None, None),
    ("aspect_ratio", False, "string", "16:9", ["auto", "16:9", "9:16"]),
    ("duration", False, "string", "8s", ["4s", "6s", "8s"]),
    ("resolution", False, "string", "720p", ["720p", "1080p"]),
    ("negative_prompt", False, "string", None, None),
    ("seed", False, "integer", None, None),
    ("auto_fix", False, "boolean", False, None),
)
# The vendor's page of 2026-07-04.
NEWER = (
    ("prompt", True, "string", None, None),
    ("input_image", False, "string", None, None),
    ("aspect_ratio", False, "string", "16:9", ["16:9", "9:16"]),
    ("resolution", False, "string", "720p", ["720p", "1080p"]),
    ("duration", False, "integer", 8, [4, 6, 8]),
    ("seed", False, "integer", None, None),
)


@pytest.mark.parametrize(("edition", "table"), [("seed", SEED), ("2026-07", NEWER)])
def test_an_edition_of_veo_lite_has_the_parameters_of_its_page(
    edition: str, table: tuple[tuple[Any, ...], ...]
) -> None:
    schema = model("google-veo-3-1-lite", **{"oxen.veo-lite-edition": edition})["request_schema"]
    found = tuple(
        (name, name in schema["required"], one["type"], one.get("default"), one.get("enum"))
        for name, one in schema["properties"].items()
    )
    assert found == table
    assert schema["properties"]["input_image"]["format"] == "uri"


DESCRIBED = {
    "prompt": "Text prompt describing how the input image should be animated.",
    "input_image": "URL of the input image to animate. Should be 720p or higher in 16:9 or 9:16.",
    "aspect_ratio": "Output video aspect ratio.",
    "duration": "Duration of the generated video.",
    "resolution": "Output video resolution.",
    "negative_prompt": "Text describing what to avoid in the generated video.",
    "seed": "Random seed for deterministic generation.",
    "auto_fix": "Automatically rewrite prompts that fail policy or validation checks.",
}


def test_the_seeds_edition_describes_them_as_the_seed_page_does() -> None:
    properties = model("google-veo-3-1-lite")["request_schema"]["properties"]
    assert {name: one["description"] for name, one in properties.items()} == DESCRIBED


def test_the_seeds_edition_is_the_default_and_bears_the_seed_pages_title() -> None:
    one = model("google-veo-3-1-lite")
    assert one == model("google-veo-3-1-lite", **{"oxen.veo-lite-edition": "seed"})
    assert one["display_name"] == "Veo 3.1 Lite - Image to Video"
    assert one["summary"] == "Cost-efficient image-to-video by Google"


# model, parameter, type, default, choices or bounds: documented for the newer models
OTHERS = (
    ("google-veo-3-1", "resolution", "string", "1080p", ["720p", "1080p", "4k"]),
    ("google-veo-3-1", "duration", "integer", 8, [4, 6, 8]),
    ("kling-video-v2-6-pro-text-to-video", "duration", "integer", 5, [5, 10]),
    (
        "kling-video-v2-6-pro-text-to-video",
        "aspect_ratio",
        "string",
        "16:9",
        ["9:16", "16:9", "1:1"],
    ),
    ("kling-video-v2-6-pro-text-to-video", "generate_audio", "boolean", False, (None, None)),
    ("kling-video-v2-6-pro-text-to-video", "cfg_scale", "number", 0.5, (0, 10)),
    ("kling-video-v2-6-pro-text-to-video", "negative_prompt", "string", None, (None, None)),
    ("black-forest-labs-flux-2-klein-4b", "input_image", "array", None, (None, None)),
    (
        "black-forest-labs-flux-2-klein-4b",
        "aspect_ratio",
        "string",
        "16:9",
        ["1:1", "16:9", "9:16", "4:3", "3:4"],
    ),
    ("black-forest-labs-flux-2-klein-4b", "num_inference_steps", "integer", 28, (1, 50)),
    ("black-forest-labs-flux-2-klein-4b", "guidance_scale", "number", 2.0, (0, 10)),
)


@pytest.mark.parametrize(("name", "parameter", "kind", "default", "range"), OTHERS)
def test_the_other_models_have_the_published_parameters(
    name: str, parameter: str, kind: str, default: Any, range: Any
) -> None:
    found = model(name)["request_schema"]["properties"][parameter]
    assert (found["type"], found.get("default")) == (kind, default)
    assert range == found.get("enum", (found.get("minimum"), found.get("maximum")))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("developer_name=Google", {"google-veo-3-1-lite", "google-veo-3-1"}),
        ("provider_name=Google", {"google-veo-3-1-lite", "google-veo-3-1"}),
        ("developer_name=Kling&provider_name=Google", set()),
        ("developer_name=Nobody", set()),
        ("action=generate", NAMES),
        ("something=else", NAMES),
    ],
)
def test_the_list_has_filters(query: str, names: set[str]) -> None:
    assert {one["id"] for one in listed(f"{MODELS}?{query}")} == names


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("veo", {"google-veo-3-1-lite", "google-veo-3-1"}),
        ("google-veo-3-1-lite", {"google-veo-3-1-lite"}),
        ("Lite", {"google-veo-3-1-lite"}),
        ("nonsense", set()),
    ],
)
def test_a_search_gives_the_same_kind_of_list(words: str, names: set[str]) -> None:
    assert {one["id"] for one in listed(f"{MODELS}/search?search={words}")} == names


def test_a_search_needs_its_words() -> None:
    answer = Desk().get(f"{MODELS}/search")
    assert answer.status == 400
    assert answer.body["error"]["type"] == "invalid_params"


def test_a_retrieval_does_not_mind_the_deployment_status() -> None:
    path = f"{MODELS}/google-veo-3-1-lite"
    assert Desk().get(f"{path}?deployment_status=live") == Desk().get(path)


def test_an_unknown_model_is_not_found_in_the_form_of_models() -> None:
    answer = Desk().get(f"{MODELS}/bad-model-name")
    assert answer.status == 404
    assert answer.body == {"error": {"message": "Model not found: bad-model-name"}}
