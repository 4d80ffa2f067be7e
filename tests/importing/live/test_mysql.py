"""The catalog of MariaDB and MySQL in the structs of a described database, by construct."""

from __future__ import annotations

import pytest

from shardgen.errors import DatabaseError
from shardgen.importing.described import (
    Check,
    Column,
    Database,
    ForeignKey,
    Generated,
    Index,
    KeyPart,
    Name,
    Partitioning,
    Table,
    Trigger,
    Unread,
)
from shardgen.importing.live.mysql import database_of, describe_mysql
from shardgen.importing.live.mysql_tables import Catalog
from shardgen.importing.live.rows import grouped
from shardgen.importing.live.selection import Selection

mariadb_alone = pytest.mark.mariadb


@mariadb_alone
def test_columns(mariadb):
    """Types, defaults and ON UPDATE are as the database writes them; every text has a collation."""
    (table,) = mariadb.described(
        "CREATE TABLE t (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,"
        "s enum('a','it''s') NOT NULL DEFAULT 'it''s', st set('x','y'),"
        "d decimal(10,2) DEFAULT 1.50,"
        "v varchar(30) COLLATE utf8mb4_bin DEFAULT 'x''y' COMMENT 'say', n int DEFAULT NULL,"
        "ts timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),"
        "e varchar(9) DEFAULT (concat('a','b')), g int AS (n * 2) VIRTUAL,"
        "h varchar(40) GENERATED ALWAYS AS (concat(v,'(')) STORED, b bit(3) DEFAULT b'101',"
        "u tinyint(1) DEFAULT true) CHARSET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'all'"
    ).tables
    ci = "utf8mb4_general_ci"
    assert "all" == table.comment
    assert table.columns == (
        Column(name="id", type="int(10) unsigned", nullable=False, counts=True),
        Column(name="s", type="enum('a','it''s')", nullable=False, default="'it''s'", collation=ci),
        Column(name="st", type="set('x','y')", collation=ci),
        Column(name="d", type="decimal(10,2)", default="1.50"),
        Column(
            name="v",
            type="varchar(30)",
            default="'x''y'",
            collation="utf8mb4_bin",
            comment="say",
        ),
        Column(name="n", type="int(11)"),
        Column(
            name="ts",
            type="timestamp(3)",
            nullable=False,
            default="current_timestamp(3)",
            on_update="current_timestamp(3)",
        ),
        Column(name="e", type="varchar(9)", default="concat('a','b')", collation=ci),
        Column(name="g", type="int(11)", generated=Generated(expression="`n` * 2", stored=False)),
        Column(
            name="h",
            type="varchar(40)",
            generated=Generated(expression="concat(`v`,'(')", stored=True),
            collation=ci,
        ),
        Column(name="b", type="bit(3)", default="b'101'"),
        Column(name="u", type="tinyint(1)", default="1"),
    )


@mariadb_alone
def test_indexes(mariadb):
    """Prefixes have their lengths; all that is unique is a constraint."""
    (table,) = mariadb.described(
        "CREATE TABLE t (a int, b varchar(40), c text, PRIMARY KEY (a), UNIQUE KEY u (b(10), a),"
        "KEY d (a DESC), FULLTEXT KEY f (c)) ENGINE=InnoDB"
    ).tables
    assert (("a",), "PRIMARY") == (table.primary_key, table.primary_key_name)
    assert table.indexes == (
        Index(name="d", parts=(KeyPart(column="a", descending=True),)),
        Index(name="f", parts=(KeyPart(column="c"),), method="fulltext"),
        Index(
            name="u",
            parts=(KeyPart(column="b", length=10), KeyPart(column="a")),
            unique=True,
            constraint=True,
        ),
    )


@mariadb_alone
def test_foreign_keys_and_checks(mariadb):
    """Checks of a column have its name, and JSON is a text with a check."""
    child, parent = mariadb.described(
        "CREATE TABLE p (a int, b int, PRIMARY KEY (b, a))",
        "CREATE TABLE c (x int CHECK (x > 0), y int, j json,"
        " CONSTRAINT two CHECK (x > y or x < 5),"
        " CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (b, a)"
        " ON DELETE CASCADE ON UPDATE RESTRICT)",
        "ALTER TABLE p ADD CONSTRAINT two CHECK (a <> 0)",
    ).tables
    assert child.foreign_keys == (
        ForeignKey(
            name="f",
            columns=("x", "y"),
            table=Name("", "p"),
            references=("b", "a"),
            on_delete="CASCADE",
            on_update="RESTRICT",
        ),
    )
    assert child.checks == (
        Check(name="j", expression="json_valid(`j`)"),
        Check(name="two", expression="`x` > `y` or `x` < 5"),
        Check(name="x", expression="`x` > 0"),
    )
    assert (Check(name="two", expression="`a` <> 0"),) == parent.checks


@mariadb_alone
def test_partitions(mariadb):
    """Bounds in the order of the partitions; those by hash take every row."""
    hashed, listed, ranged = mariadb.described(
        "CREATE TABLE h (x int PRIMARY KEY) PARTITION BY KEY (x) PARTITIONS 2",
        "CREATE TABLE l (x varchar(5)) PARTITION BY LIST COLUMNS (x)"
        " (PARTITION p0 VALUES IN ('b','a'), PARTITION p1 VALUES IN ('c'))",
        "CREATE TABLE r (x int, y date) PARTITION BY RANGE (year(y)) SUBPARTITION BY HASH (x)"
        " SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2000),"
        " PARTITION p1 VALUES LESS THAN MAXVALUE)",
    ).tables
    assert hashed.partitioning == Partitioning(
        method="hash", by="`x`", bounds=("PARTITION p0", "PARTITION p1")
    )
    assert listed.partitioning == Partitioning(
        method="list", by="`x`", bounds=("VALUES IN ('b','a')", "VALUES IN ('c')")
    )
    assert ranged.partitioning == Partitioning(
        method="range",
        by="year(`y`)",
        bounds=("VALUES LESS THAN (2000)", "VALUES LESS THAN MAXVALUE"),
    )


@mariadb_alone
def test_triggers_engines_views_and_counts(mariadb):
    """A view is left out with a word."""
    database = mariadb.described(
        "CREATE TABLE t (a int) ENGINE=MyISAM",
        "INSERT INTO t VALUES (1), (2)",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
        "CREATE VIEW v AS SELECT 1 AS x",
    )
    (table,) = database.tables
    assert table.triggers == (
        Trigger(name="tr", timing="BEFORE", events=("INSERT",), body="SET NEW.a = 1"),
    )
    assert (2, ("ENGINE=MyISAM",)) == (table.rows, table.options)
    assert ["VIEW v"] == [unread.text for unread in database.unread]


@mariadb_alone
def test_a_sequence_has_no_name_of_the_database(mariadb):
    """So that a description does not change with the name of a database."""
    if "MariaDB" not in mariadb.query("SELECT version()")[0][0]:
        pytest.skip("sequences are MariaDB's")
    (table,) = mariadb.described(
        "CREATE SEQUENCE s", "CREATE TABLE t (a bigint DEFAULT (nextval(s) + 1))"
    ).tables
    assert table.columns == (
        Column(name="a", type="bigint(20)", default="nextval(`s`) + 1", sequence="s"),
    )


class OldServer:
    """A server of the time before checks were kept."""

    def execute(self, *_):
        return self

    def one(self):
        return ("5.7.44", "shop")

    def scalar_one(self):
        return 0


def test_a_server_that_keeps_no_checks_is_refused():
    """It would be described as taking rows that its checks, once kept, refuse."""
    with pytest.raises(DatabaseError, match=r"5\.7\.44 is too old; MySQL 8\.0\.16 or MariaDB"):
        describe_mysql(OldServer(), Selection())


MYSQL = {
    "tables": [
        {
            "TABLE_SCHEMA": "shop",
            "TABLE_NAME": "t",
            "TABLE_TYPE": "BASE TABLE",
            "ENGINE": "InnoDB",
            "TABLE_ROWS": 5,
            "TABLE_COMMENT": "",
        }
    ],
    "columns": [
        {"COLUMN_NAME": "id", "COLUMN_TYPE": "int", "EXTRA": "auto_increment"},
        {"COLUMN_NAME": "v", "COLUMN_TYPE": "varchar(9)", "COLUMN_DEFAULT": "it's\\"},
        {"COLUMN_NAME": "n", "COLUMN_TYPE": "int", "COLUMN_DEFAULT": "-5"},
        {"COLUMN_NAME": "w", "COLUMN_TYPE": "varbinary(9)", "COLUMN_DEFAULT": "0x6162"},
        {"COLUMN_NAME": "b", "COLUMN_TYPE": "bit(3)", "COLUMN_DEFAULT": "b'101'"},
        {"COLUMN_NAME": "d", "COLUMN_TYPE": "date", "COLUMN_DEFAULT": "2020-01-01"},
        {
            "COLUMN_NAME": "e",
            "COLUMN_TYPE": "varchar(9)",
            "COLUMN_DEFAULT": r"concat(_utf8mb4\'a\',_utf8mb4\'it\\\'s\')",
            "EXTRA": "DEFAULT_GENERATED",
        },
        {
            "COLUMN_NAME": "ts",
            "COLUMN_TYPE": "timestamp",
            "COLUMN_DEFAULT": "CURRENT_TIMESTAMP",
            "EXTRA": "DEFAULT_GENERATED on update CURRENT_TIMESTAMP",
        },
        {
            "COLUMN_NAME": "g",
            "COLUMN_TYPE": "varchar(9)",
            "GENERATION_EXPRESSION": r"concat(`v`,_utf8mb4\'x\')",
            "EXTRA": "STORED GENERATED",
        },
    ],
    "statistics": [
        {
            "INDEX_NAME": "lower_v",
            "SEQ_IN_INDEX": 1,
            "NON_UNIQUE": 0,
            "COLUMN_NAME": None,
            "COLLATION": "A",
            "SUB_PART": None,
            "INDEX_TYPE": "BTREE",
            "EXPRESSION": r"lower(`v`)",
        }
    ],
    "constraints": [
        {"CONSTRAINT_NAME": "t_chk_1", "CONSTRAINT_TYPE": "CHECK", "ENFORCED": "YES"},
        {"CONSTRAINT_NAME": "t_chk_2", "CONSTRAINT_TYPE": "CHECK", "ENFORCED": "NO"},
    ],
}
"""What MySQL 8.4 answers where MariaDB answers otherwise."""


def test_mysql_8_says_the_same_in_other_words():
    """Literals without quotes, expressions escaped once more, checks that know no table."""
    common = {
        "TABLE_SCHEMA": "shop",
        "TABLE_NAME": "t",
        "IS_NULLABLE": "YES",
        "COLUMN_DEFAULT": None,
        "EXTRA": "",
        "GENERATION_EXPRESSION": "",
        "COLLATION_NAME": None,
        "COLUMN_COMMENT": "",
    }
    rows = {
        kind: grouped((common | row for row in said), lambda row: ("shop", row["TABLE_NAME"]))
        for kind, said in MYSQL.items()
        if kind != "tables"
    }
    for row in rows["columns"]["shop", "t"]:
        row["DATA_TYPE"] = row["COLUMN_TYPE"].partition("(")[0]
    catalog = Catalog(
        default_schema="shop",
        is_mariadb=False,
        tables={("shop", "t"): MYSQL["tables"][0]},
        **rows,
        keys={},
        references={},
        checks={
            ("shop", ""): [
                {"CONSTRAINT_NAME": "t_chk_1", "CHECK_CLAUSE": r"(`v` in (_utf8mb4\'a\',\')\'))"},
                {"CONSTRAINT_NAME": "t_chk_2", "CHECK_CLAUSE": "(`n` > 0)"},
            ]
        },
        triggers={},
        partitions={},
    )
    database = database_of(catalog, "8.4.0", Selection())
    assert database == Database(
        dialect="mysql",
        name="shop",
        version="8.4.0",
        tables=(
            Table(
                name=Name("", "t"),
                columns=(
                    Column(name="id", type="int", counts=True),
                    Column(name="v", type="varchar(9)", default=r"'it''s\\'"),
                    Column(name="n", type="int", default="-5"),
                    Column(name="w", type="varbinary(9)", default="0x6162"),
                    Column(name="b", type="bit(3)", default="b'101'"),
                    Column(name="d", type="date", default="'2020-01-01'"),
                    Column(
                        name="e",
                        type="varchar(9)",
                        default=r"concat(_utf8mb4'a',_utf8mb4'it\'s')",
                    ),
                    Column(
                        name="ts",
                        type="timestamp",
                        default="CURRENT_TIMESTAMP",
                        on_update="CURRENT_TIMESTAMP",
                    ),
                    Column(
                        name="g",
                        type="varchar(9)",
                        generated=Generated(expression="concat(`v`,_utf8mb4'x')", stored=True),
                    ),
                ),
                indexes=(
                    Index(
                        name="lower_v",
                        parts=(KeyPart(expression="lower(`v`)"),),
                        unique=True,
                        constraint=True,
                    ),
                ),
                checks=(Check(name="t_chk_1", expression="`v` in (_utf8mb4'a',')')"),),
                rows=5,
            ),
        ),
        unread=(
            Unread(
                where="t",
                text="CONSTRAINT t_chk_2 CHECK (`n` > 0)",
                reason="the constraint is not enforced",
                table=Name("", "t"),
            ),
        ),
    )
