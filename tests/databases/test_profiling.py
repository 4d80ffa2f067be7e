"""Live databases profiled: what their rows are like, and nothing that few of them have."""

from __future__ import annotations

import json
import re

import pytest

from shardgen.cli.profile_report import head_of, profile_json, profile_report
from shardgen.errors import DatabaseError, PlanError
from shardgen.execution.profiling.profile import Profiled, Profiling, profile
from shardgen.importing.filtering import Filters
from shardgen.importing.writing import imported_text

ONE_OF_EACH = [
    pytest.param(("postgres", "insert"), marks=pytest.mark.postgres, id="postgres"),
    pytest.param(("mysql", "insert"), marks=pytest.mark.mariadb, id="mysql"),
    pytest.param(("sqlite", "insert"), id="sqlite"),
]
pytestmark = pytest.mark.parametrize("target", ONE_OF_EACH, indirect=True)

TABLES = (
    """CREATE TABLE people (
    id int PRIMARY KEY, name varchar(40), email varchar(60) UNIQUE, code varchar(20),
    city varchar(20), status varchar(9) NOT NULL, note text, tags varchar(200),
    ssn bigint UNIQUE, badge bigint, joined date)""",
    """CREATE TABLE visits (
    id int PRIMARY KEY, person_id int NOT NULL REFERENCES people (id),
    room varchar(12), seconds int, at timestamp NOT NULL)""",
)
PLANTED = 100
ROWS = 400
"""People, of whom a quarter have something planted in each column."""


def filled(database) -> list[str]:
    """Fill the tables; return the texts and numbers that one row each has."""
    for statement in TABLES:
        database.execute(statement)
    planted: list[str] = []
    people = []
    for n in range(ROWS):
        secret = n % 4 == 0
        own = [
            f"Zyx{n}wv Qu{n}k", f"zq{n}x@secret.test", f"KQ-{70_000 + 7 * n}", f"note {n} zzkq",
            f'{{"zk": "v{n}q"}}', str(617_000_103 + 7_919 * n), str(713_204_871 + 10_007 * n),
        ]  # fmt: skip
        planted += own if secret else own[1:2] + own[4:7]
        name = own[0] if secret else "Ann Lee"
        note = own[3] if secret else "none"
        status = "active" if n % 3 else "gone"
        day = f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}"
        city = "Ulm" if n % 5 else "Bonn"
        texts = (name, own[1], own[2], city, status, note, own[4])
        listed = "', '".join(texts)
        people.append(f"({n}, '{listed}', {own[5]}, {own[6]}, '{day}')")
    database.execute(f"INSERT INTO people VALUES {', '.join(people)}")
    visits = [
        f"({n}, {n // 4 if n % 2 else n % ROWS}, '{'ABC'[n % 3]}{n % 10}-{n % 7}', {n % 97}, "
        f"'2024-03-{1 + n // 60:02d} {8 + n % 9:02d}:00:0{n % 10}')"
        for n in range(1600)
    ]
    database.execute(f"INSERT INTO visits VALUES {', '.join(visits)}")
    return planted


def written(found: Profiled) -> str:
    """Return all that a user gets: the file, the report, and the report as JSON."""
    text = imported_text(found.schema, found.notes, head_of(found), "yaml", "-")
    return "\n".join((text, profile_report(found, None), profile_json(found, None)))


def test_what_one_row_has_alone_is_nowhere(database):
    """Hundreds of names, addresses, codes, notes, JSON texts and numbers, allowed or not."""
    planted = filled(database)
    assert len(planted) > 5 * PLANTED
    for profiling in (Profiling(), Profiling(allowed=("*",))):
        text = written(profile(database.url, profiling))
        assert [] == [one for one in planted if one in text]
        assert not re.search(r"secret|zzkq|Zyx", text)
    assert {"active", "Ulm"} <= {*re.findall(r"\w+", text)}
    assert "Ulm" not in written(profile(database.url, Profiling()))


def test_what_is_shared_is_learned(database):
    """Shares, shapes, children and quantiles; names of people only where they are allowed."""
    filled(database)
    found = profile(database.url, Profiling())
    people, visits = found.tables
    assert (ROWS, 1600) == (people.rows, visits.rows)
    taken = {column.name: column.taken for column in people.columns}
    assert {
        "id": "nothing", "name": "nothing", "email": "nothing", "code": "shapes",
        "city": "nothing",
        "status": "values", "note": "nothing", "tags": "nothing", "ssn": "nothing",
        "badge": "nothing", "joined": "quantiles",
    } == taken  # fmt: skip
    assert {"active": 0.665, "gone": 0.335} == {
        v.value: pytest.approx(v.share, abs=0.002) for v in people.column("status").values
    }
    assert ["AA-99999"] == [s.value for s in people.column("code").shapes]
    (key,) = visits.keys
    assert (ROWS, 4.0) == (key.parents, key.mean)
    assert "quantiles" == visits.column("seconds").taken
    assert visits.column("at").rises or visits.column("at").taken == "quantiles"
    refused = profile(database.url, Profiling(refused=("people.status", "seconds")))
    assert "nothing" == refused.tables[0].column("status").taken
    assert "nothing" == refused.tables[1].column("seconds").taken
    assert "--no-values says so" == refused.tables[1].column("seconds").why


def test_a_profile_fills_a_database(database):
    """Its schema is one that runs, with the rows of the database, and as it is asked for."""
    import shardgen
    from shardgen.importing.writing import decoded

    filled(database)
    found = profile(database.url, Profiling(scale=0.5))
    made = shardgen.generate(decoded(found.schema), seed=3)
    rows = {name: table.rows for name, table in made.tables.items()}
    assert {"people": ROWS // 2, "visits": 800} == {name: len(each) for name, each in rows.items()}
    assert {"active", "gone"} == {row["status"] for row in rows["people"]}
    assert all(re.fullmatch(r"[A-Z]{2}-[0-9]{5}", row["code"]) for row in rows["people"])


def test_what_cannot_be_profiled_says_why(database):
    """Tables without rows, and names that are not there."""
    for statement in TABLES:
        database.execute(statement)
    with pytest.raises(DatabaseError, match="has no rows to learn from"):
        profile(database.url, Profiling())
    with pytest.raises((DatabaseError, PlanError), match="nobody"):
        profile(database.url, Profiling(filters=Filters(tables=("nobody",))))
    with pytest.raises(PlanError, match=r"--allow people.nme: there is no such column.*name"):
        profile(database.url, Profiling(allowed=("people.nme",)))


def test_the_report_as_json_has_all_that_was_taken(database):
    """Each column stands in it, with what was taken of it or why nothing was."""
    filled(database)
    told = json.loads(profile_json(profile(database.url, Profiling()), "x.yaml"))
    for table in told["tables"]:
        for column in table["columns"]:
            assert column["why"] or column["taken"] != "nothing"
