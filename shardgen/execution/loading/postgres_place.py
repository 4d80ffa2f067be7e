"""Where the rows of a load go in PostgreSQL: tables that stand there, or in staging."""

from __future__ import annotations

from shardgen.execution.loading import ledger
from shardgen.execution.loading.database import Work
from shardgen.output.sql.postgres import Postgres
from shardgen.output.sql.postgres_staging import StagedPostgres
from shardgen.output.sql.rows_format import SqlRows
from shardgen.output.sql.table_keys import schemas_of
from shardgen.schema.qualified_names import split_name

_MOST_NAME = 60  # bytes: PostgreSQL takes 63, and a number may follow


class Place:
    """Where rows go, and the ledger: tables are in staging schemas until all rows are there."""

    def __init__(self, schema: str, work: Work) -> None:
        """`schema` is the one that unqualified names mean."""
        self.schema = schema
        assert isinstance(work.plan.format, SqlRows), "`format` has chosen it"
        self.format = work.plan.format
        self.catalog = work.plan.catalog.as_written.of_tables(work.plan.counts)
        own = f"shardgen_load_{schema}".encode()[:_MOST_NAME].decode(errors="ignore")
        self.sql: Postgres = Postgres()
        self.used: tuple[str, ...] = (own,)
        """The schemas that are there until the load is complete."""
        self.creates = work.way == "create"
        if work.way in ("create", "replace"):
            names = {name: f"{own}_{n}" for n, name in enumerate(schemas_of(self.catalog), 1)}
            staging = {"": own} | names
            self.sql = StagedPostgres({t: staging[split_name(t)[0]] for t in work.plan.counts})
            self.used = (own, *names.values())
        self.ledger = f"{self.sql.quote(own)}.{self.sql.quote(ledger.TABLE)}"
