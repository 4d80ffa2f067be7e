"""Why a cell of a run has its value, or all cells of a row."""

from __future__ import annotations

from shardgen.errors import Mistake, PlanError, nearest
from shardgen.plan.bind import bind_columns
from shardgen.plan.explaining.cells import CellExplainer
from shardgen.plan.explaining.explanation import Explanation
from shardgen.plan.explaining.keys import children_of
from shardgen.plan.plan import Plan
from shardgen.schema.catalog_tables import CatalogColumn, CatalogTable


class Explainer:
    """Explains rows of a plan, whose columns are bound once."""

    def __init__(self, plan: Plan) -> None:
        """Bind the plan; SchemaError or PlanError where it cannot be run."""
        self.plan = plan
        self._columns = bind_columns(plan.catalog, plan.job)

    def explain(self, table: str, row: int, column: str | None = None) -> Explanation:
        """
        Return why a row has its values, or one column of it.

        `row` counts from 0. PlanError where there is no such table, row or column.
        """
        plan, declared = self.plan, _table(self.plan, table)
        rows = plan.counts[table]
        if not 0 <= row < rows:
            has = f"{table!r} has rows 0 to {rows - 1}" if rows else f"{table!r} has none"
            what = f"row {row} is asked for, and {has}"
            raise PlanError([Mistake("", what, "rows count from 0; ask for more with --rows")])
        chosen = _written(declared) if column is None else [_column(declared, column)]
        explainer = CellExplainer(self._columns, plan.choices, declared, row)
        return Explanation(
            schema=plan.schema.name,
            table=table,
            row=row,
            rows=rows,
            seed=plan.seed,
            as_of=plan.as_of.isoformat(),
            cells=tuple(map(explainer.cell, chosen)),
            children=tuple(children_of(explainer.batch, self._columns)),
        )


def _table(plan: Plan, name: str) -> CatalogTable:
    if name not in plan.counts:
        hint = nearest(name, plan.counts) or f"the tables are {', '.join(plan.counts)}"
        raise PlanError([Mistake("", f"no table {name!r} in {plan.schema.name}", hint)])
    return plan.catalog.table(name)


def _column(table: CatalogTable, name: str) -> CatalogColumn:
    names = [column.name for column in _all_columns(table)]
    if name not in names:
        hint = nearest(name, names) or f"the columns are {', '.join(names)}"
        raise PlanError([Mistake("", f"no column {name!r} in {table.name}", hint)])
    return table.column(name)


def _all_columns(table: CatalogTable) -> list[CatalogColumn]:
    """Return the columns that the schema names: those of targets are the engine's own."""
    inner = {name for r in table.references if r.target_of for name in r.columns}
    return [column for column in table.columns if column.name not in inner]


def _written(table: CatalogTable) -> list[CatalogColumn]:
    return [column for column in _all_columns(table) if not column.hidden]
