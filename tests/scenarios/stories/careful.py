"""A careful client: it looks before it pays again, and asks on until its own deadline."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from tests.scenarios.stories.client import OVER, Client

WRONG = (httpx.HTTPError, ValueError, KeyError)
"""What may come of a call that goes wrong: no answer, a refusal, or nothing that can be read."""

TRIES, STEP, LONGEST = 20, 5.0, 60.0
"""Attempts of a submit, and seconds between two looks: usually, and at the most."""


def submit(client: Client, prompt: str = "a kite", **fields: Any) -> str | None:
    """A job, ordered once. None where it exists and its name cannot be had."""
    before = ordered(client)
    for attempt in range(TRIES):
        try:
            return client.submit(prompt, **fields)
        except WRONG as error:
            client.wait(pause(error, attempt))
        if found := [one for one in ordered(client) if one not in before]:
            return found[0] if client.hub else None
    raise TimeoutError(f"no submit went through in {TRIES} attempts")


def ordered(client: Client) -> list[str]:
    """What the provider has on record, asked for until it says so."""
    for attempt in range(TRIES):
        try:
            return client.ordered()
        except WRONG as error:
            client.wait(pause(error, attempt))
    raise TimeoutError("nobody says what was ordered")


def follow(client: Client, job: str, *, patience: float = 1800) -> dict[str, Any]:
    """A job's row once it is over; TimeoutError at the client's own deadline.

    Errors and unknown words on the way cost time and nothing else.
    """
    deadline, errors = client.waited + patience, 0
    while client.waited <= deadline:
        try:
            row = client.poll(job)
            if row.get("status") in OVER:
                return row
            errors, wait = 0, STEP
        except WRONG as error:
            wait = pause(error, errors)
            errors += 1
        client.wait(wait)
    raise TimeoutError(f"{job} is not over after {patience} seconds")


def pause(error: Exception, attempt: int) -> float:
    """How long to wait after an error: as long as we are told, within reason."""
    usual = min(STEP * 2**attempt, LONGEST)
    if not isinstance(error, httpx.HTTPStatusError):
        return usual
    told = retry_after(error.response)
    return usual if told is None else min(max(told, 1.0), LONGEST)


def retry_after(answer: httpx.Response) -> float | None:
    """What Retry-After says in seconds, in whatever form; None if it says nothing."""
    text = answer.headers.get("retry-after", "")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        ahead: timedelta = parsedate_to_datetime(text) - parsedate_to_datetime(
            answer.headers["date"]
        )
    except ValueError:
        return None
    return ahead.total_seconds()
