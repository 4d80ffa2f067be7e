"""
Generate and render a schema's rows in this one process, and write them nowhere.

What the pipeline is measured against: no files, no workers, no merge. Run by pipeline.py, with
shardgen's Python: `render_alone.py SCHEMA SCALE`.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line sets it

import shardgen
from shardgen.plan.plan import Options, build_plan
from shardgen.plan.source import Source


def main() -> None:
    schema, scale = sys.argv[1:]
    plan = build_plan(shardgen.load_schema(schema), Options(scale=float(scale), seed=1))
    tables = Source.bind(plan)
    size = sum(len(text) for shard in plan.shards() for text in tables.render(shard))
    print(plan.rows, size)


if __name__ == "__main__":
    main()
