"""
`override`, which marks a method whose contract its base class states; type checkers hold it.

Python's own comes with 3.12. Until then it stands in the lowest folder, which all others import.
"""

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
