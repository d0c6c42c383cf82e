from collections.abc import Iterator

import pytest
from my_client import Videos

from contracts.worlds import World


@pytest.fixture
def videos(oxen: World) -> Iterator[Videos]:
    client = Videos(oxen.base_url, oxen.api_key, sleep=oxen.advance)
    yield client
    client.http.close()


def test_it_waits_for_a_video_and_fetches_it(videos: Videos) -> None:
    film = videos.film(videos.order("A slow pan over a foggy lake"))
    assert film[4:8] == b"ftyp"


def test_a_lost_answer_is_not_paid_for_twice(videos: Videos, oxen: World) -> None:
    lost = oxen.fault("lose", operation="enqueue", nth=1)
    assert videos.film(videos.order("A kite"))
    assert lost.fired
    assert len(oxen.jobs) == 1
    assert oxen.ledger["captured"] == oxen.jobs[0]["charged"] == "0.350000"


@pytest.mark.understudy({"plans": ['fail with "Blocked by a filter."']})
def test_it_says_why_there_is_no_video(videos: Videos) -> None:
    with pytest.raises(RuntimeError, match=r"Blocked by a filter\."):
        videos.film(videos.order("A kite"))


@pytest.mark.understudy("half-an-answer")
def test_half_an_answer_is_none(videos: Videos, oxen: World) -> None:
    assert videos.film(videos.order("A kite"))
    assert len(oxen.jobs) == 1
