from __future__ import annotations

import pytest

from emulator.load.settings import Settings, dump, load, mix


def test_settings_come_back_as_they_were() -> None:
    settings = Settings(
        provider="oxen",
        url="http://127.0.0.1:8787",
        key="dev",
        run="1",
        mix={"poll": 2},
        poll=0.25,
        deadline=30,
        body={"model": "m", "tags": [1]},
        stages=((10.0, 5), (2.5, 0)),
        retry_lost=True,
    )
    assert load(dump(settings)) == settings


def test_a_mix_says_who_they_are() -> None:
    assert mix("poll=8, stream=1,sync=0", "oxen") == {"poll": 8, "stream": 1}
    assert mix(None, "oxen") == {"poll": 8, "stream": 1, "sync": 1}
    assert mix(None, "omixa") == {"poll": 8, "sync": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stream=1", "'stream' is no kind of user of omixa: poll, sync"),
        ("poll", "'poll' is not a kind and a whole number"),
        ("poll=some", "is not a kind and a whole number"),
        ("poll=1,poll=2", "'poll' is there twice"),
        ("poll=0", "nobody is left"),
        ("", "'' is no kind of user"),
    ],
)
def test_a_wrong_mix_is_explained(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mix(text, "omixa")
