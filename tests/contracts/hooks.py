"""What JSON Schema cannot say of a valid request, said here: such cases are not generated."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: Any, case: schemathesis.Case) -> bool:
    """Whether a generated case means what its contract's schema means."""
    return drawable(case)


def drawable(case: schemathesis.Case) -> bool:
    """False where a body breaks, or keeps, a rule that the schema cannot express."""
    body = case.body
    if not isinstance(body, dict):
        return True
    return _sums(body.get("multi_prompt")) and not _drawn_image(body)


def _sums(shots: Any) -> bool:
    """Kling's shots last 3 to 15 seconds together (`x-total` in the contract)."""
    if not isinstance(shots, list):
        return True
    lengths = [one.get("duration") for one in shots if isinstance(one, dict)]
    numbers = [one for one in lengths if isinstance(one, int | float)]
    return len(numbers) != len(shots) or 3 <= sum(numbers) <= 15


def _drawn_image(body: dict[str, Any]) -> bool:
    """A data URL made of drawn base64 holds no image, though it looks as if it did."""
    images = body.get("input_image"), body.get("input_images")
    listed = [one for image in images for one in (image if isinstance(image, list) else [image])]
    return any(isinstance(one, str) and one.startswith("data:image/") for one in listed)
