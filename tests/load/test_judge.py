from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.load.judge import Books, Row, compare, money, unlisted
from emulator.load.tally import GONE, OVERDUE, Kind, Tally

ENDED = "succeeded"


def tallied(*notes: tuple[str, ...]) -> Tally:
    """A tally of notes that may lack their last fields."""
    tally = Tally()
    tally.add([(*note, *[""] * (4 - len(note))) for note in notes])
    return tally


def row(id: str, prompt: str | None = None, *, over: bool = True) -> Row:
    return Row(id=id, over=over, charged=400_000 if over else 0, prompt=prompt)


def made(prompt: str, id: str, word: str = ENDED) -> list[tuple[str, ...]]:
    """A submit that was acknowledged, and how its job ended."""
    ended = [(Kind.ENDED, prompt, id, word)] if word else []
    return [(Kind.TRIED, prompt), (Kind.MADE, prompt, id), *ended]


def test_what_was_acknowledged_and_ended_is_well() -> None:
    found = compare(tallied(*made("a", "1"), *made("b", "2")), [row("1"), row("2")])
    assert (found.intents, found.acknowledged, found.ended) == (2, 2, 2)
    assert (found.lost, found.doubled, found.unknown, found.unclaimed) == (0, 0, 0, 0)


def test_an_operation_stands_for_the_job_that_ends_it() -> None:
    found = compare(tallied(*made("a", "projects/p/operations/1")), [row("1")])
    assert (found.ended, found.lost) == (1, 0)


def test_an_acknowledged_job_that_is_not_listed_is_lost() -> None:
    found = compare(tallied(*made("a", "1"), *made("b", "2")), [row("1")])
    assert (found.gone, found.unended, found.lost) == (1, 0, 1)
    assert found.examples["gone"] == ["2"]


def test_a_job_whose_user_was_told_that_there_is_none_is_lost() -> None:
    assert compare(tallied(*made("a", "1", GONE)), [row("1")]).gone == 1


def test_a_job_that_does_not_end_in_time_is_lost() -> None:
    late = compare(tallied(*made("a", "1", OVERDUE)), [row("1")])
    never = compare(tallied(*made("a", "1", "")), [row("1", over=False)])
    assert late.unended == never.unended == 1


def test_a_job_that_ended_after_its_user_went_is_not_lost() -> None:
    found = compare(tallied(*made("a", "1", "")), [row("1")])
    assert (found.ended, found.lost) == (1, 0)


def test_a_forgotten_job_that_was_seen_to_end_is_not_lost() -> None:
    tally = tallied(*made("a", "1"), *made("b", "2", ""))
    assert compare(tally, [], forgotten=2).gone == 1
    assert compare(tally, []).gone == 2


def test_two_jobs_of_one_prompt_are_doubled() -> None:
    tally = tallied((Kind.TRIED, "a"), *made("a", "2"))
    found = compare(tally, [row("1", "a"), row("2", "a")])
    assert (found.doubled, found.unknown, found.unknown_made) == (1, 1, 1)
    assert found.examples["doubled"] == ["a"]


def test_without_prompts_a_job_too_many_is_doubled_all_the_same() -> None:
    found = compare(tallied((Kind.TRIED, "a"), *made("a", "2")), [row("1"), row("2")])
    assert (found.doubled, found.at_least) == (1, False)
    assert found.examples["doubled"] == ["1"]


def test_a_lost_answer_alone_doubles_nothing() -> None:
    tally = tallied((Kind.TRIED, "a"), *made("b", "2"))
    for listed in (None, "a"):
        found = compare(tally, [row("1", listed), row("2")])
        assert (found.doubled, found.unknown, found.unknown_made) == (0, 1, 1)
    assert compare(tally, [row("2")]).unknown_made == 0


def test_where_the_list_cannot_tell_doubled_is_a_least() -> None:
    tally = tallied((Kind.TRIED, "a"), (Kind.TRIED, "b"), *made("b", "2"))
    found = compare(tally, [row("1"), row("2")])
    assert (found.doubled, found.at_least) == (0, True)
    assert not compare(tally, [row("1", "a"), row("2")]).at_least


def test_a_sync_answer_without_an_id_has_a_job_by_its_link() -> None:
    tally = tallied((Kind.TRIED, "a"), (Kind.MADE, "a", "", "1"), (Kind.ENDED, "a", "", ENDED))
    found = compare(tally, [row("1")])
    assert (found.acknowledged, found.ended, found.lost, found.doubled) == (1, 1, 0, 0)


def test_a_sync_answer_of_which_there_is_no_job_is_lost() -> None:
    tally = tallied((Kind.TRIED, "a"), (Kind.MADE, "a"))
    assert compare(tally, []).gone == 1
    found = compare(tally, [row("1")])
    assert (found.gone, found.doubled, found.unknown_made) == (0, 0, 0)


def test_a_refused_submit_is_neither_lost_nor_unknown() -> None:
    found = compare(tallied((Kind.TRIED, "a"), (Kind.REFUSED, "a", "", "402")), [])
    assert (found.acknowledged, found.unknown, found.refused) == (0, 0, {"402": 1})


def test_jobs_of_somebody_else_are_unclaimed() -> None:
    found = compare(tallied(*made("a", "1")), [row("1", "a"), row("2", "theirs")])
    assert (found.unclaimed, found.doubled, found.unknown_made) == (1, 0, 0)


def test_what_a_lost_worker_did_is_unclaimed_and_not_doubled() -> None:
    found = compare(tallied(*made("a", "1")), [row("1"), row("2")], whole=False)
    assert (found.unclaimed, found.doubled, found.unknown_made) == (1, 0, 0)
    assert "doubled" not in found.examples


def test_where_nobody_lists_the_jobs_users_are_believed() -> None:
    tally = tallied(*made("a", "1"), *made("b", "2", GONE), *made("c", "3", OVERDUE))
    found = unlisted(tally)
    assert (found.ended, found.gone, found.unended, found.doubled) == (1, 1, 1, None)


TRIES = st.lists(st.sampled_from(["made", "answer lost", "call lost"]), min_size=1, max_size=4)


@given(st.lists(TRIES, max_size=8), st.booleans())
def test_every_job_too_many_is_found(intents: list[list[str]], listed: bool) -> None:
    """Whatever becomes of the tries of each intent: naive users try again until one is made."""
    tally, rows = Tally(), []
    for number, tries in enumerate(intents):
        prompt, last = f"p{number}", [*tries, "made"]
        for what in last[: last.index("made") + 1]:
            tally.add([(Kind.TRIED, prompt, "", "")])
            if what != "call lost":
                rows.append(row(str(len(rows)), prompt if listed else None))
            if what == "made":
                tally.add([(Kind.MADE, prompt, rows[-1].id, "")])
    found = compare(tally, rows)
    assert found.doubled == len(rows) - len(intents)
    assert found.unknown_made == found.doubled
    assert (found.lost, found.at_least) == (0, False)


def test_money_agrees_to_the_micro_dollar() -> None:
    rows = [row("1"), row("2"), row("3", over=False)]
    books = Books(before=400_000, after=1_200_000, charged_before=400_000)
    well = money([row("0"), *rows], books, forgotten=0)
    assert (well.jobs, well.ledger, well.agrees) == (800_000, 800_000, True)
    off = money([row("0"), *rows], Books(before=0, after=1_199_999), forgotten=0)
    assert off.agrees is False


def test_money_is_not_compared_once_jobs_are_forgotten() -> None:
    found = money([row("1")], Books(before=0, after=1), forgotten=3)
    assert found.agrees is None
    assert "forgot 3 ended jobs" in found.why
