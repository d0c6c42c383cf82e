"""Values: dataclasses that nothing changes once they are made.

Whoever writes `frozen=True` is held to it by the type checker. At run time it is left off: Python
makes a frozen instance two to three times as slowly, and a submit makes a dozen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, **more: Any) -> Callable[[type], type]:
        """The standard library's, hashable as a frozen one is."""
        return dataclasses.dataclass(unsafe_hash=frozen, **more)


__all__ = ["dataclass"]
