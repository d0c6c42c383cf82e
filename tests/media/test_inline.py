from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.media import NotADataUrl, data_url


@given(data=st.binary(min_size=1), mime=st.sampled_from(["image/png", "video/mp4"]))
def test_a_data_url_gives_back_what_was_put_in(data: bytes, mime: str) -> None:
    text = f"data:{mime};base64,{b64encode(data).decode()}"
    assert data_url(text) == (mime, data)


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        ("DATA:Image/PNG;BASE64", "image/png"),
        ("data:image/jpeg;name=a.jpg;base64", "image/jpeg"),
        ("data:;base64", "text/plain"),
    ],
)
def test_its_head_may_be_written_in_many_ways(head: str, mime: str) -> None:
    assert data_url(f"{head},aGk=") == (mime, b"hi")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a data URL"),
        ("https://example.com/a.png", "not a data URL"),
        ("data:image/png;base64", "not a data URL"),
        ("aGVsbG8=", "not a data URL"),
        ("data:image/png,aGk=", "not marked ;base64"),
        ("data:image/png;base64;x=1,aGk=", "not marked ;base64"),
        ("data:base64,aGk=", "not marked ;base64"),
        ("data:image/png;base64,", "empty"),
        ("data:image/png;base64,aGk", "not base64"),
        ("data:image/png;base64,aGk=\n", "not base64"),
        ("data:image/png;base64, aGk=", "not base64"),
        ("data:image/png;base64,aG%3D", "not base64"),
        ("data:image/png;base64,a-_=", "not base64"),
        ("data:image/png;base64,aGk=aGk=", "not base64"),
        ("data:image/png;base64,====", "not base64"),
        ("data:image/png;base64,aGkü", "not base64"),
        ("data:image/png;base64,<base64-start-frame>", "not base64"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NotADataUrl, match=reason) as refused:
        data_url(text)
    assert refused.value.reason == str(refused.value)


@given(st.text())
@example("data:,")
@example("data:;base64,\ud800")
def test_no_text_makes_it_stumble(text: str) -> None:
    try:
        _, data = data_url(text)
    except NotADataUrl:
        return
    assert data
