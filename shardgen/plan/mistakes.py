"""The mistakes that are found while a schema is bound, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shardgen.errors import BindError, Mistake, NotEnoughValuesError, is_within


def as_bind_error(error: ValueError | ArithmeticError) -> BindError:
    """
    Return what a column cannot be made for as an error of ours.

    Numbers that arithmetic has no result for have no check of their own wherever one is computed
    with: whatever is raised then is an answer too.
    """
    if isinstance(error, BindError):
        return error
    if isinstance(error, ArithmeticError):
        what = f"leads to numbers that cannot be computed with ({error or type(error).__name__})"
        return BindError(what, "choose smaller parameters")
    return BindError(str(error))


class Mistakes:
    """
    All mistakes, in the order in which they were found until they are sorted.

    Those `of_options` come from the rows and the database that were asked for, the others are
    `of_schema`. `room` has how many rows there may be, by the path of the mistake that there are
    more, where that is known. What is wrong with tables at the paths `without` is not noted: no row
    of theirs is made.
    """

    def __init__(self, without: Iterable[str] = ()) -> None:
        """Begin without any."""
        self._without = tuple(without)
        self._all: list[Mistake] = []
        self.of_schema: list[Mistake] = []
        self.of_options: list[Mistake] = []
        self.room: dict[str, int] = {}

    def add(self, mistake: Mistake) -> None:
        """Note a mistake of the schema."""
        if self._is_passed_over(mistake.path):
            return
        self._all.append(mistake)
        self.of_schema.append(mistake)

    def add_of_options(self, mistake: Mistake) -> None:
        """Note a mistake of what was asked for."""
        if self._is_passed_over(mistake.path):
            return
        self._all.append(mistake)
        self.of_options.append(mistake)

    def refuse(self, path: str, error: BindError) -> None:
        """Note that what stands at `path` cannot be bound."""
        mistake = Mistake(path, str(error), error.hint)
        if isinstance(error, NotEnoughValuesError):
            self.add_of_options(mistake)
            if error.most is not None:
                self.room[path] = min(error.most, self.room.get(path, error.most))
        else:
            self.add(mistake)

    def _is_passed_over(self, path: str) -> bool:
        return any(is_within(path, at) or path.startswith(f"{at} (") for at in self._without)

    def all(self) -> list[Mistake]:
        """Return all of them."""
        return list(self._all)

    def sort(self, position: Callable[[str], int]) -> None:
        """Bring them in the order of the schema; `position` is that of a path."""
        self._all.sort(key=lambda mistake: position(mistake.path))
