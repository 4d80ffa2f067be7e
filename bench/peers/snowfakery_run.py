"""
fintech-loans by the recipe snowfakery_recipe.yml.

Snowfakery writes CSV into a folder (its `sql` output is SQLite's dump of a database in memory, one
row a statement: --format sql). The files are then written one after another to the output.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import job
from snowfakery import generate_data

RECIPE = Path(__file__).with_name("snowfakery_recipe.yml")


def main() -> None:
    parser = job.parser(__doc__)
    parser.add_argument("--format", choices=("csv", "sql"), default="csv")
    options = parser.parse_args()
    counts = job.counts(options.scale)
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "dump.sql")
        where = {"output_folder": folder} if options.format == "csv" else {"output_file": str(dump)}
        with contextlib.redirect_stdout(sys.stderr):  # it says "Created …" of each file
            generate_data(
                RECIPE,
                user_options={"borrower_count": counts["borrowers"], "loan_count": counts["loans"]},
                output_format=options.format,
                **where,
            )
        with job.opened(options.out) as out:
            for path in (
                [Path(folder, f"{table}.csv") for table in counts]
                if options.format == "csv"
                else [dump]
            ):
                with path.open("rb") as file:
                    shutil.copyfileobj(file, out, 1 << 20)


if __name__ == "__main__":
    main()
