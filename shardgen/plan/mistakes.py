"""The mistakes that are found while a schema is bound, one after another."""

from __future__ import annotations

from shardgen.errors import BindError, Mistake, NotEnoughValuesError


class Mistakes:
    """
    All mistakes in the order in which they were found.

    Those `of_rows` come from the number of rows that are asked for, those `of_schema` do not.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._all: list[Mistake] = []
        self.of_schema: list[Mistake] = []
        self.of_rows: list[Mistake] = []

    def add(self, mistake: Mistake) -> None:
        """Note a mistake of the schema."""
        self._all.append(mistake)
        self.of_schema.append(mistake)

    def refuse(self, path: str, error: BindError) -> None:
        """Note that what stands at `path` cannot be bound."""
        mistake = Mistake(path, str(error), error.hint)
        self._all.append(mistake)
        too_many = isinstance(error, NotEnoughValuesError)
        (self.of_rows if too_many else self.of_schema).append(mistake)

    def all(self) -> list[Mistake]:
        """Return all of them."""
        return list(self._all)
