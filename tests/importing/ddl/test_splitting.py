"""A text of SQL falls into its statements, however its strings, comments and bodies look."""

from __future__ import annotations

import pytest

from shardgen.importing.ddl.languages import MYSQL, POSTGRES, SQLITE
from shardgen.importing.ddl.splitting import split


def statements(text, language):
    return [(found.line, found.text) for found in split(text, language)]


@pytest.mark.parametrize(
    ("language", "inside"),
    [
        (POSTGRES, "'a;b'"),
        (POSTGRES, "'it''s;'"),
        (POSTGRES, r"E'it\';s'"),
        (POSTGRES, r"date 'back\'"),
        (POSTGRES, '"a;""b"'),
        (POSTGRES, "$$a;'b$$"),
        (POSTGRES, "$x$a;$$;b$x$"),
        (POSTGRES, "a$b"),
        (POSTGRES, "1 -- don't; stop\n"),
        (POSTGRES, "/* a; /* nested; */ ; */ 1"),
        (POSTGRES, "'a' / 'b'"),
        (MYSQL, r"'it\';s'"),
        (MYSQL, '"a;\\"b"'),
        (MYSQL, "`a;``b`"),
        (MYSQL, "1 # don't; stop\n"),
        (MYSQL, "1 -- don't; stop\n"),
        (MYSQL, "5--3"),
        (MYSQL, "/*!40101 'a;' */ 1"),
        (MYSQL, "$$"),
        (SQLITE, "[a;b]"),
        (SQLITE, "`a;b`"),
        (SQLITE, r"'back\'"),
        (SQLITE, "/* don't; stop */ 1"),
    ],
)
def test_a_semicolon_within_a_string_a_name_or_a_comment_ends_nothing(language, inside):
    """Each database's own, and what looks like them and is none."""
    text = f"SELECT {inside} FROM t;\nSELECT 2"
    line = 2 + inside.count("\n")
    expected = [(1, f"SELECT {inside} FROM t"), (line, "SELECT 2")]
    assert expected == statements(text, language)


def test_rows_that_are_copied_are_no_statements():
    """They end at a line of a backslash and a point; the last ones with the text."""
    text = "COPY t (a) FROM stdin;\nit's;\n\\.x\n\\.\n\nSELECT 1;\nCOPY t FROM STDIN;\nx;y"
    expected = [(1, "COPY t (a) FROM stdin"), (6, "SELECT 1"), (7, "COPY t FROM STDIN")]
    assert expected == statements(text, POSTGRES)


def test_commands_of_the_client_are_lines():
    """Those of psql, mariadb and sqlite3, which need no semicolon."""
    assert [(1, "\\connect it's"), (2, "SELECT 1"), (2, "\\gexec"), (3, "SELECT 2")] == statements(
        "\\connect it's\nSELECT 1 \\gexec\nSELECT 2", POSTGRES
    )
    assert [(1, ".mode it's"), (2, "SELECT 1")] == statements(".mode it's\nSELECT 1;", SQLITE)


def test_another_delimiter_is_followed():
    """It ends a body that has semicolons, and goes back."""
    text = (
        "DELIMITER ;;\nCREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET x = 1; y ;;\n"
        "SELECT 1;\nSELECT 2 ;;\ndelimiter ;\nSELECT 3; DELIMITER $$\nSELECT $$ SELECT 4$$"
    )
    found = [text for _, text in statements(text, MYSQL)]
    assert found == [
        "DELIMITER ;;",
        "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET x = 1; y",
        "SELECT 1",
        "SELECT 2",
        "delimiter ;",
        "SELECT 3",
        "DELIMITER $$",
        "SELECT",
        "SELECT 4",
    ]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        (SQLITE, "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END"),
        (SQLITE, "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM t; SELECT ';'; END"),
        (
            MYSQL,
            (
                "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN IF 1 THEN SET x = 1;"
                " END IF; WHILE 0 DO SET y = CASE WHEN 1 THEN 2 END; END WHILE; END"
            ),
        ),
        (
            MYSQL,
            (
                "CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN CASE 1 WHEN 1 THEN SELECT 1; END CASE;"
                " BEGIN SELECT 2; END; END"
            ),
        ),
        (POSTGRES, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END"),
        (POSTGRES, "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)"),
    ],
)
def test_the_body_of_a_trigger_or_function_is_not_cut(language, body):
    """Its semicolons are its own, up to the END of its BEGIN."""
    assert [(1, body), (1, "SELECT 3")] == statements(f"{body}; SELECT 3;", language)


@pytest.mark.parametrize(
    ("language", "opens", "named"),
    [
        (POSTGRES, "'a", "string or name"),
        (POSTGRES, "$x$ a", "string or name"),
        (POSTGRES, "/* a", "comment"),
        (MYSQL, "`a", "string or name"),
        (SQLITE, "[a", "name"),
    ],
)
def test_what_has_no_end_is_said(language, opens, named):
    """With the line that it begins in; all of the rest is one statement then."""
    found = list(split(f"SELECT 1;\nSELECT\n{opens}; SELECT 2;\n", language))
    assert [1, 2] == [statement.line for statement in found]
    assert "" == found[0].fault
    assert named in found[1].fault


def test_versions_that_no_server_has_are_comments():
    """MariaDB's dumps begin with one that only its own client reads."""
    text = "/*!999999\\- enable the sandbox mode */\n/*M!100616 SET a=1 */;\nSELECT 1;"
    assert [(2, "SET a=1 */"), (3, "SELECT 1")] == statements(text, MYSQL)
