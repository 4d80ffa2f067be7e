"""`override`, which marks a method whose contract its base class states; type checkers hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

__all__ = ["override"]

if TYPE_CHECKING:
    from typing_extensions import override
else:
    Method = TypeVar("Method")

    def override(method: Method) -> Method:
        """Return the method: typing_extensions would cost every start some 20 ms."""
        return method
