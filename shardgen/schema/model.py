"""
The schema format 1.0 as data: Schema, Table, Column, ForeignKey.

These structs are what the file says and nothing more; the catalog has what follows from it.
`docs/schema.md` describes the format for users.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shardgen.schema.databases import DatabaseName
from shardgen.schema.sql_text import SqlText

FORMAT_MAJOR = "1"
RELATIONSHIP_TYPES = ("one_to_one", "one_to_many", "many_to_one", "many_to_many")

Probability = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0, le=1e6)]
Points = Annotated[tuple[tuple[float, float], ...], Meta(min_length=2, max_length=1000)]
ReferentialAction = Literal["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]
Deferral = Literal["immediate", "deferred"]
Identity = Literal["always", "by default"]


class BaseFanOut(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """How the children of a foreign key spread over their parents; subclasses say how."""


class RandomFanOut(BaseFanOut, frozen=True, tag="random"):
    """
    Each child draws any parent, whatever the other children drew.

    `uniform`: all parents alike. `zipf`: the k-th most popular parent has a share ∝ 1/k^`exponent`.
    `recent`: half of the children have one of the newest parents, a share `half` of them all.
    Beside a grouped key, `alike` is a column of that key's parent: those that have the same number
    there, and as many children, have children with the same parents. With `at`, a date of the
    child's parent along another key, only those are drawn that are valid then: from the date in
    their column `since` on, and up to the one in `until`, if that is given.
    """

    distribution: Literal["uniform", "zipf", "recent"] = "uniform"
    exponent: Annotated[float, Meta(gt=0, le=20)] | None = None
    half: Annotated[float, Meta(gt=0, lt=1)] | None = None
    alike: str | None = None
    at: str | None = None
    since: str | None = None
    until: str | None = None


class UniqueFanOut(BaseFanOut, frozen=True, tag="unique"):
    """Each parent has at most one child."""


class GroupedFanOut(BaseFanOut, frozen=True, tag="grouped"):
    """
    Children lie in runs, one run per parent, so that a child knows its number in the run.

    The number of children per parent is `even`, `poisson`, `uniform` from `min` to `max`,
    `lognormal` with `sigma`, `pareto` with `alpha`, `zipf` with `exponent`, or has `quantiles`
    with `points`: shares of the parents, from 0 to 1, each with the number that they have at most,
    and lines between. It is scaled so that they add up to the table's rows, and kept within `min` …
    `max`. With `in_order` the runs lie in the order of the parents' rows. With `counts`, a column
    of the parent, some parents have as many as it says and the others none, in the order of their
    rows.
    """

    distribution: Literal[
        "even", "poisson", "uniform", "lognormal", "pareto", "zipf", "quantiles"
    ] = "even"
    sigma: Annotated[float, Meta(gt=0, le=5)] | None = None
    alpha: Annotated[float, Meta(gt=1, le=100)] | None = None
    exponent: Annotated[float, Meta(gt=0, le=20)] | None = None
    points: Points | None = None
    min: Annotated[int, Meta(ge=0)] = 0
    max: Annotated[int, Meta(ge=1)] | None = None
    in_order: bool = False
    counts: str | None = None


class TreeFanOut(BaseFanOut, frozen=True, tag="tree"):
    """
    A row refers to an earlier row of its own table, or to none.

    A share `roots` of the rows refers to none; no row lies more than `max_depth` below a root.
    `within` a grouped foreign key of the table, a row refers to an earlier child of its own parent.
    With `starts`, a boolean column of the table, the rows where it is true are the roots there, and
    any other row refers to the last root before it: those from one root to the next are an episode.
    """

    roots: Annotated[float, Meta(gt=0, le=1)] | None = None
    max_depth: Annotated[int, Meta(ge=0, le=1000)] | None = None
    within: str | None = None
    starts: str | None = None


class PresentFanOut(BaseFanOut, frozen=True, tag="present"):
    """
    Each child draws a parent that is there at its time: `since` of the parent is not after `at`.

    `at` is a column of the child, `since` one of the parent that rises from row to row. `uniform`:
    all that are there alike. `recent`: half of the children have one of the newest of them, a share
    `half`. Where a parent has come since the child before, a share `newest` of the children have
    it.
    """

    at: str
    since: str
    distribution: Literal["uniform", "recent"] = "uniform"
    half: Annotated[float, Meta(gt=0, lt=1)] | None = None
    newest: Probability = 0.0


Shape = RandomFanOut | UniqueFanOut | GroupedFanOut | TreeFanOut | PresentFanOut
ShapeName = Literal["random", "unique", "grouped", "tree"]
SHAPES: dict[str, Shape] = {
    "random": RandomFanOut(),
    "unique": UniqueFanOut(),
    "grouped": GroupedFanOut(),
    "tree": TreeFanOut(),
}


Where = str | dict[str, Any]
"""
A condition on rows of a parent table: an expression, or values of its columns.

Of a column a value, a list of values of which it has one, or an object with a `min` and a `max`.
"""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A reference to a key column of another table, or of an earlier row of the same one.

    `fan_out` says how children spread over their parents: by name, or with parameters. `within`
    names a column of the row that the parent has the same value of; where the parent calls it
    otherwise, it is an object with the name of both. `differs_from` is another foreign key of the
    table to the same parents, which never leads to the same one. With `where` it leads to rows
    alone that satisfy a condition. With `deferrable` a transaction
    may have the key checked at its end: it does so by itself where the key is deferred.
    """

    table: str
    column: str
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    deferrable: Deferral | None = None
    fan_out: ShapeName | Shape | None = None
    within: str | dict[str, str] | None = None
    where: Where | None = None
    differs_from: str | None = None


class CompositeForeignKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A reference by several columns of a table to as many key columns of another, in their order.

    `name` is what generators call it, by default its columns' names with underscores between.
    Columns may be part of several foreign keys: then the parents have their values in common.
    """

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    name: str = ""
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    deferrable: Deferral | None = None
    fan_out: ShapeName | Shape | None = None
    within: str | dict[str, str] | None = None
    where: Where | None = None
    differs_from: str | None = None


class PolymorphicTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One of the tables that a polymorphic key may lead to, and the key column there.

    `type` is what the type column says then, by default the table's name. Of all rows a share by
    `weight` leads here. `fan_out`, `within` and `where` are those of a foreign key.
    """

    table: str
    column: str
    type: str | int | None = None
    weight: Positive = 1
    fan_out: ShapeName | Shape | None = None
    within: str | dict[str, str] | None = None
    where: Where | None = None


class PolymorphicKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A reference to a row of one of several tables, which `type_column` of the row names.

    No database has a constraint for it.
    """

    type_column: str
    targets: tuple[PolymorphicTarget, ...]


class Correlation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Follow another column by Spearman's rank correlation `rho`, and keep the column's own law.

    `column` is one of the same row, or of its parent along a foreign key: `borrower_id.income`;
    `count(visits)` is how many children the row has in a table that is grouped by this one.
    """

    column: str
    rho: Annotated[float, Meta(ge=-1, le=1)]


Order = Literal["rising", "falling"]


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A column as the schema declares it.

    `order` lets its values rise or fall from row to row: among the children of each parent along
    the table's first grouped foreign key, or over all rows where no key is grouped. `enum_name` is
    that of an enum in PostgreSQL, which then has a type of its own. With `stands_for`, "as" in the
    file, `type` is one that only the database knows: its values are those of that other type. A
    `hidden` column is computed for others that read it, and not written.

    A key that counts begins with `start`; an `identity` counts, and where it is so "always", it
    takes no other value. A `comment` is the database's own. A column that is `generated` is
    computed by the database from its row, and `stored` there unless it is computed when it is read.
    `collation` is by what texts are compared.
    """

    name: str
    type: str
    nullable: bool = False
    primary_key: bool = False
    auto_increment: bool = False
    identity: Identity | None = None
    start: Annotated[int, Meta(ge=1)] | None = None
    unique: bool = False
    default: str | int | float | bool | None = None
    generator: str | None = None
    generator_params: dict[str, Any] = {}
    locale: str | None = None
    correlation: Correlation | None = None
    order: Order | None = None
    generated: SqlText | None = None
    stored: bool = True
    collation: SqlText | None = None
    distribution: str | dict[str, Any] | None = None
    edge_case_probability: Probability | None = None
    foreign_key: ForeignKey | None = None
    polymorphic: PolymorphicKey | None = None
    hidden: bool = False
    enum_name: str | None = None
    stands_for: str | None = msgspec.field(name="as", default=None)
    comment: str | None = None
    description: str = ""


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A secondary index: of all rows, or of those `where` a condition in SQL holds.

    One of `columns` may be the beginning of a text, `title(20)`, or an expression, `lower(email)`,
    and may have an order, `created_at desc`. With `nulls_not_distinct` null is a value like others.
    """

    name: str
    columns: tuple[str, ...]
    type: str = "btree"
    unique: bool = False
    where: SqlText | None = None
    nulls_not_distinct: bool = False
    description: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition in SQL that each row keeps: where it is null, too."""

    name: str
    expression: SqlText


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A constraint of PostgreSQL that keeps any two rows apart: `room WITH =, during WITH &&`.

    `elements` are columns or expressions with an operator each, `using` is the kind of the index,
    `where` says which rows it is about.
    """

    name: str
    elements: str
    using: str = "gist"
    where: str | None = None


class OneOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Nullable columns of which one is given in each row, and the others are null.

    A foreign key of several columns is named by any nullable one of them. Which is given is drawn
    by weight, where `columns` has weights. With `given` "at_most_one" a share `none` of the rows
    has none; with "at_least_one" the others are null in the shares of their own.
    """

    columns: tuple[str, ...] | dict[str, Positive]
    given: Literal["exactly_one", "at_most_one", "at_least_one"] = "exactly_one"
    none: Probability | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table with its default number of rows; `unique` lists columns that are unique together."""

    name: str
    record_count: int
    columns: tuple[Column, ...]
    foreign_keys: tuple[CompositeForeignKey, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    one_of: tuple[OneOf, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    comment: str | None = None
    description: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class ReferenceDataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Rows whose values belong together, from which generators draw: inline, or from a CSV `file`.

    `weight` names the column that holds the rows' weights; without one all rows are alike. Values
    of a file are text, and `file` counts from the schema's own folder.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | bool | None, ...], ...] = ()
    file: str = ""
    weight: str | None = None


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """
    Documentation of a relation, which must agree with the foreign keys.

    `relationship_type` is one of RELATIONSHIP_TYPES; a file that says one_to_one is read with a
    key that is unique.
    """

    from_table: str = ""
    from_column: str = ""
    to_table: str = ""
    to_column: str = ""
    relationship_type: str = ""
    description: str = ""


class Schema(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A whole schema file; `schema_url`, "$schema" in the file, is for editors.

    `infer` says whether columns without a generator get one by their name.
    """

    schema_url: str = msgspec.field(name="$schema", default="")
    schema_version: str
    name: str
    database_type: tuple[DatabaseName, ...]
    tables: tuple[Table, ...]
    description: str = ""
    author: str = ""
    version: str = ""
    metadata: dict[str, Any] = {}
    relationships: tuple[Relationship, ...] = ()
    datasets: dict[str, ReferenceDataset] = {}
    locale: str | None = None
    infer: bool = True
    generation_order: tuple[str, ...] | None = None
    validation_rules: tuple[dict[str, Any], ...] = ()

    def table(self, name: str) -> Table:
        """Return the table of that name; KeyError when there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
