"""The log of a run: a line for each event, from its start to its end or failure."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import signal
from pathlib import Path

import pytest
from support.processes import needs_proc, runs
from support.schemas import right

from shardgen import __version__
from shardgen.errors import StoppedError
from shardgen.execution.locks import locked
from shardgen.execution.names import LOCK, PARTIAL, SHARDS, unused_name

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
TABLES = ["users", "orders"]
OF_A_TABLE = ["table_begun", "table_finished"]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def logged(call, shop, tmp_path):
    """Run with a log in JSON: exit code, errors, and what the log has."""

    def run(*arguments: str, schema: str = shop) -> tuple[int, str, list[dict]]:
        log = tmp_path / "run.log"
        code, _, err = call("run", schema, "--log", str(log), "--log-format", "json", *arguments)
        return code, err, lines(log)

    return run


def test_a_log_tells_of_a_run_from_start_to_end(logged, tmp_path):
    """Each line has a time, a process, an event and its fields, and the numbers are the dump's."""
    code, err, found = logged("-s", "7", "--as-of", "2026-01-31", "--scale", "2", "-n", "users=9")
    assert (0, "") == (code, err)
    assert ["started", *OF_A_TABLE * 2, "finished"] == [line["event"] for line in found]
    assert all(re.fullmatch(TIME, line["time"]) for line in found)
    assert {os.getpid()} == {line["pid"] for line in found}
    start, *tables, end = found
    of_start = ("version", "schema", "seed", "as_of", "out", "format", "rows", "workers")
    assert [__version__, "shop", 7, "2026-01-31", "shop.sql", "sql", 109, 0] == [
        start[name] for name in of_start
    ]
    assert (2.0, {"users": 9}) == (start["options"]["scale"], start["options"]["rows"])
    assert [("users", 9), ("orders", 100)] == [(t["table"], t["rows"]) for t in tables[::2]]
    size = (tmp_path / "shop.sql").stat().st_size
    assert ("shop.sql", 109, size, 0) == tuple(
        end[name] for name in ("out", "rows", "bytes", "exit_code")
    )
    assert end["seconds"] >= sum(t["seconds"] for t in tables[1::2]) > 0


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_bytes_of_a_table_are_those_of_its_files(call, tmp_path, form, workers):
    """Of every format, whoever makes its rows, and for a table without rows as well."""
    log = tmp_path / "run.log"
    code, _, err = call(
        "run", "-w", workers, "--scale", "110", "-n", "credit_scores=0", "--format", form,
        "-o", "out/", "--log", str(log), "--log-format", "json", "--shard-rows", "50000",
    )  # fmt: skip
    assert 0 == code, err
    sizes = {path.stem: path.stat().st_size for path in (tmp_path / "out").glob(f"*.{form}")}
    assert 4 == len(sizes)
    finished = [line for line in lines(log) if line["event"] == "table_finished"]
    assert sizes == {line["table"]: line["bytes"] for line in finished}


def test_the_bytes_of_a_table_are_its_part_of_a_dump(call, tmp_path):
    """All tables are the dump but for its header and footer, with workers and without."""
    found = []
    for workers in ("1", "2"):
        log = tmp_path / f"{workers}.log"
        call("run", "-w", workers, "--scale", "110", "--log", str(log), "--log-format", "json")
        found.append({t["table"]: t["bytes"] for t in lines(log) if t["event"] == "table_finished"})
    assert found[0] == found[1]
    around = (tmp_path / "fintech-loans.sql").stat().st_size - sum(found[0].values())
    assert 0 < around < 10_000


def test_lines_of_text_have_the_same_fields(call, shop, tmp_path):
    """Bare words, and JSON for what is none; a log is appended to."""
    for _ in range(2):
        assert 0 == call("run", shop, "--log", "run.log", "-o", "a b.sql")[0]
    found = (tmp_path / "run.log").read_text().splitlines()
    assert 12 == len(found)
    head = f"{TIME} {os.getpid()} started version={re.escape(__version__)} schema=shop seed=0"
    assert re.match(f'{head} as_of=2025-01-01 out="a b.sql" format=sql rows=70 ', found[0])
    assert re.fullmatch(
        rf"{TIME} \d+ table_finished table=users rows=20 bytes=\d+ seconds=[\d.]+", found[2]
    )
    assert found[5].endswith(" exit_code=0")


def test_standard_error_has_the_log_alone(call, shop, tmp_path):
    """What else would be said there is in its lines: warnings, remains, errors."""
    (tmp_path / unused_name("shop.sql", PARTIAL)).touch()
    code, out, err = call("run", shop, "--log", "-", "--log-format", "json")
    assert (0, True) == (code, out.startswith("Wrote shop.sql"))
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert ["started", "removed", *OF_A_TABLE * 2, "finished"] == events
    code, out, err = call("run", shop, "--log", "-", "--log-format", "json", "-o", "-")
    assert ["started", *OF_A_TABLE * 2, "finished"] == [
        json.loads(line)["event"] for line in err.splitlines()
    ]
    assert out == (tmp_path / "shop.sql").read_text()
    code, _, err = call("run", "nope", "--log", "-", "--log-format", "json")
    (failed,) = [json.loads(line) for line in err.splitlines()]
    assert (3, "failed", 3, "schema") == (
        code, failed["event"], failed["exit_code"], failed["kind"]
    )  # fmt: skip


def test_warnings_are_told_before_the_first_row(call, tmp_path):
    """In the log and, as without one, on standard error."""
    raw = right()
    raw["tables"][1]["columns"][2]["generator_params"]["null_probability"] = 0.5
    (tmp_path / "s.json").write_text(json.dumps(raw))
    _, _, without = call("run", "s.json")
    code, _, err = call("run", "s.json", "--log", "run.log", "--log-format", "json")
    found = lines(tmp_path / "run.log")
    warned = [line for line in found if line["event"] == "warned"]
    assert (0, without) == (code, err)
    assert ["unused-null-probability"] == [line["name"] for line in warned]
    assert "table_begun" not in [line["event"] for line in found[: 1 + len(warned)]]


def test_a_failure_is_told_with_its_exit_code_and_all_mistakes(logged, tmp_path):
    """Whether it is found before the start or after it."""
    (tmp_path / "wrong.json").write_text('{"name": "w"}')
    code, err, (failed,) = logged(schema="wrong.json")
    assert (3, "failed", "schema", 3) == (
        code, failed["event"], failed["kind"], failed["exit_code"]
    )  # fmt: skip
    assert err == f"shardgen: {failed['message']}\n"
    assert failed["mistakes"]
    code, _, (_, start, failed) = logged("-o", "none/x.sql")
    assert (8, "started", "output", 8) == (
        code, start["event"], failed["kind"], failed["exit_code"]
    )  # fmt: skip
    assert "make the folder first" in failed["message"]


def test_a_bug_is_told_too(logged, monkeypatch):
    """With what Python calls it; its traceback is on standard error."""
    from shardgen.execution import pipeline

    monkeypatch.setattr(pipeline, "build_plan", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        logged()
    (failed,) = lines(Path("run.log"))
    assert ("bug", 1, "ZeroDivisionError: division by zero") == (
        failed["kind"], failed["exit_code"], failed["message"]
    )  # fmt: skip


def test_a_log_has_the_words_of_a_target_in_its_name(call, shop, tmp_path):
    """One with a schema in its name is opened when that is read."""
    name = "{schema}-{date}-{seed}.log"
    assert 0 == call("run", shop, "-s", "7", "--log", name, "-o", "{date}.sql")[0]
    assert {"shop-2025-01-01-7.log", "2025-01-01.sql", "shop.json"} == names(tmp_path)
    assert 3 == call("run", "nope", "--log", name)[0]
    code, _, err = call("run", shop, "--log", "{day}.log")
    assert (4, True) == (code, "{day}.log has {day} in it" in err)


@pytest.mark.parametrize("log", ["none/run.log", ".", "/dev/full", ""])
def test_a_log_that_cannot_be_written_is_an_error_before_the_run(call, shop, tmp_path, log):
    """No dump is begun, and the message says the way out."""
    code, _, err = call("run", shop, "--log", log)
    assert 8 == code
    assert f"shardgen: cannot write the log {log}: " in err
    assert err.endswith("; name another file with --log\n")
    assert {"shop.json"} == names(tmp_path)


def test_a_log_that_fills_up_is_an_error_when_the_dump_is_complete(tmp_path):
    """The dump is worth more than its log; what is missing is said, and the exit code has it."""
    with runs(tmp_path) as start:
        (tmp_path / "work").mkdir()
        before = start("run", "-o", "/dev/null", "--log", "run.log")
        assert 0 == before.end()
        size = (before.folder / "run.log").stat().st_size

        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 900, size + 900))

        run = start("run", "-n", "loans=1", "-n", "payments=0", "-n", "borrowers=1",
                    "-n", "credit_scores=0", "-o", "/dev/null", "--log", "run.log",
                    prepare=limit)  # fmt: skip
        code = run.end()
    assert 8 == code, run.said
    first, last = run.said.splitlines()
    assert "cannot write the log run.log: File too large" in first
    assert last.startswith("shardgen: all is complete, but cannot write the log run.log: ")


@pytest.mark.parametrize("what", ["schema", "dump", "other format"])
def test_a_log_is_not_appended_to_what_is_none(call, shop, tmp_path, what):
    """A schema, a dump, or a log of the other format stays as it is."""
    assert 0 == call("run", shop, "--log", "json.log", "--log-format", "json")[0]
    name = {"schema": shop, "dump": "shop.sql", "other format": "json.log"}[what]
    before = (tmp_path / name).read_bytes()
    code, _, err = call("run", shop, "--log", name)
    assert (4, before) == (code, (tmp_path / name).read_bytes())
    said = "has lines of the format json, not text" if what == "other format" else "is no log of"
    assert said in err


@pytest.mark.parametrize(("log", "out"), [("x", "x"), ("out/x", "out"), ("out/.x", "out/")])
def test_a_log_is_not_what_the_run_writes(call, shop, tmp_path, log, out):
    """Nor in the folder that it writes: the next run would not know it."""
    (tmp_path / "out").mkdir()
    code, _, err = call("run", shop, "--format", "csv", "--tables", "users", "--log", log,
                        "-o", out)  # fmt: skip
    assert (4, True) == (code, "is what the run writes, or is within it" in err)


def test_a_format_of_a_log_without_one_is_a_wrong_use(call, shop):
    """A variable that says it for all runs is none."""
    assert 2 == call("run", shop, "--log-format", "json")[0]
    assert 0 == call("run", shop, SHARDGEN_LOG_FORMAT="json")[0]


def test_a_log_tells_of_a_load(call, shop, tmp_path):
    """From its start to its end, and what it goes on from."""
    log = ("--log", "{schema}.log", "--log-format", "json")
    load = ("load", shop, "sqlite:///shop.db", "--seed", "3", *log)
    code, _, err = call(*load)
    assert (0, "") == (code, err)
    start, *tables, finishing, end = lines(tmp_path / "shop.log")
    assert ["started", "finishing", "finished"] == [e["event"] for e in (start, finishing, end)]
    assert ("shop", 3, "sqlite:///shop.db", "create", 70, 0) == tuple(
        start[name] for name in ("schema", "seed", "out", "way", "rows", "workers")
    )
    assert [("table_finished", "users", 20), ("table_finished", "orders", 50)] == [
        (line["event"], line["table"], line["rows"]) for line in tables
    ]
    assert ("sqlite:///shop.db", 70, 0) == tuple(end[n] for n in ("out", "rows", "exit_code"))
    assert 9 == call(*load)[0]
    assert "failed" == lines(tmp_path / "shop.log")[-1]["event"]
    code, _, err = call(*load[:-4], "--log", "-", "--truncate", "-q")
    assert (0, True) == (code, " way=truncate rows=70 " in err.splitlines()[0])


def test_a_load_that_is_stopped_tells_what_is_in(call, shop, tmp_path, monkeypatch):
    """And the one that goes on, what it begins with."""
    from shardgen.execution.loading.load import _Watch

    real = _Watch.__call__

    def stop(self, step):
        real(self, step)
        raise StoppedError("stopped")

    load = ("load", shop, "sqlite:///shop.db", "--log", "l.log", "--log-format", "json")
    with monkeypatch.context() as patched:
        patched.setattr(_Watch, "__call__", stop)
        code, _, err = call(*load)
    *_, unfinished, failed = lines(tmp_path / "l.log")
    assert (130, "unfinished", 20, 70) == (
        code, unfinished["event"], unfinished["rows"], unfinished["total"]
    )  # fmt: skip
    assert f"shardgen: {unfinished['state']}\n" in err
    assert ("failed", "stopped") == (failed["event"], failed["kind"])
    assert 0 == call(*load, "--resume")[0]
    assert [20] == [e["rows"] for e in lines(tmp_path / "l.log") if e["event"] == "resumed"]


@pytest.mark.parametrize("form", ["sql", "csv"])
def test_a_log_tells_of_a_join(call, shop, tmp_path, form):
    """It knows the day and the seed of the parts, and fails where another one writes."""
    for part in (1, 2):
        assert 0 == call("run", shop, "--seed", "7", "--part", f"{part}/2", "-o", "parts",
                         "--format", form)[0]  # fmt: skip
    out = ("-o", "shop.sql") if form == "sql" else ()
    join = ("join", "parts", *out, "--log", "{date}-{seed}.log", "--log-format", "json")
    assert 0 == call(*join)[0]
    start, end = lines(tmp_path / "2025-01-01-7.log")
    written = "shop.sql" if form == "sql" else "parts"
    assert ("started", "shop", 7, written, 70, 2) == tuple(
        start[name] for name in ("event", "schema", "seed", "out", "rows", "parts")
    )
    assert ("finished", written, 70, 0) == tuple(
        end[name] for name in ("event", "out", "rows", "exit_code")
    )
    target = tmp_path / ("shop.sql" if form == "sql" else "parts/manifest.json")
    with locked(target, target):
        code, _, err = call(*join, "--if-locked", "fail")
    assert (10, True) == (code, "wait for its end with --if-locked wait" in err)
    assert "locked" == lines(tmp_path / "2025-01-01-7.log")[-1]["kind"]


STALE = {
    "dump": ("-o", "out.sql"),
    "new folder": ("-o", "out/", "--format", "csv"),
    "folder": ("-o", "there", "--format", "csv"),
    "kept shards": ("-o", "out.sql", "--keep-shards"),
    "pipe": ("-o", "-", "-w", "2", "--scale", "110"),
    "device": ("-o", "/dev/null", "-w", "2", "--scale", "110"),
}


@pytest.mark.parametrize(("kind", "target"), STALE.items(), ids=STALE)
def test_what_a_run_that_was_killed_has_left_is_removed_and_told(
    call, shop, tmp_path, monkeypatch, kind, target
):
    """For every kind of target: what grows beside it, within it, and its shards."""
    there = tmp_path / "there"
    there.mkdir()
    places = {
        "folder": (there / "there", there / "there", there),
        "pipe": (None, tmp_path / "shardgen"), "device": (None, tmp_path / "shardgen"),
        "new folder": (tmp_path / "out", tmp_path / "out"),
    }.get(kind, (tmp_path / "out.sql", tmp_path / "out.sql"))  # fmt: skip
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = [
        place.with_name(unused_name(place.name, ending))
        for place, ending in zip(places, (PARTIAL, SHARDS, PARTIAL), strict=False)
        if place is not None
    ]
    for path in left:
        (path.mkdir if path.suffix == SHARDS or "." not in places[-1].name else path.touch)()
    schema = [] if kind in ("pipe", "device") else [shop]
    arguments = ["--log", "run.log", "--log-format", "json", "-q", *target]
    assert 0 == call("run", *schema, *arguments)[0]
    told = [line["path"] for line in lines(tmp_path / "run.log") if line["event"] == "removed"]
    assert sorted(map(str, left)) == sorted(told)
    assert [] == [path for path in left if path.exists()]


@needs_proc
def test_a_wait_is_told_with_what_it_took_and_a_stop_with_its_exit_code(tmp_path):
    """Runs that share a log are told apart by their processes."""
    with runs(tmp_path) as start:
        log = ("--log", "run.log", "--log-format", "json", "-o", "out.sql")
        first = start("run", "--scale", "20000", "-w", "2", *log)
        first.until_shards()
        second = start("run", *log)
        second.until(lambda: "waiting" in second.said, "a wait")
        first.kill(signal.SIGTERM)
        assert (143, 0) == (first.end(), second.end())
        found = lines(first.folder / "run.log")
    of_first, of_second = ([e for e in found if e["pid"] == run.pid] for run in (first, second))
    assert ("failed", "stopped", 143) == tuple(
        of_first[-1][name] for name in ("event", "kind", "exit_code")
    )
    assert ["started", "waiting", "waited", "table_begun"] == [e["event"] for e in of_second[:4]]
    assert of_second[2]["seconds"] >= 0
    assert "finished" == of_second[-1]["event"]


def test_today_is_that_of_the_clock_in_utc(call, shop, tmp_path):
    """It is written into the dump, the summary and the log, and by it the bytes are made again."""
    before = dt.datetime.now(dt.UTC).date()
    code, out, _ = call("run", shop, "--as-of", "today", "-o", "{date}.sql", "--json",
                        "--log", "run.log", "--log-format", "json",
                        TZ="Pacific/Kiritimati")  # fmt: skip
    day = json.loads(out)["as_of"]
    assert (0, True) == (code, str(before) <= day <= str(dt.datetime.now(dt.UTC).date()))
    assert day == lines(tmp_path / "run.log")[0]["as_of"]
    made = (tmp_path / f"{day}.sql").read_bytes()
    assert f"seed 0, as of {day}" in made.decode()
    code, out, _ = call("run", shop, "--as-of", day, "-o", "again.sql")
    assert made == (tmp_path / "again.sql").read_bytes()
    assert out.endswith(f"\nMake it again: --seed 0 --as-of {day}\n")


@pytest.mark.parametrize("out", ["loans-{date}.sql", "loans-{date}/", "{{x}}-{schema}-{date}.sql"])
def test_what_a_run_of_another_night_has_left_is_removed_and_told(call, shop, tmp_path, out):
    """As no later run has its name: its dump, its shards and its lock; nothing that is not its."""
    name = out.replace("{{x}}", "{x}").replace("{schema}", "shop").rstrip("/")
    left = [tmp_path / unused_name(name.format(date="2026-11-29", x="{x}"), ending)
            for ending in (PARTIAL, SHARDS, LOCK)]  # fmt: skip
    others = [tmp_path / unused_name("loans-20261129.sql", PARTIAL), tmp_path / "loans-2026-11-29"]
    for path in (*left, *others):
        path.touch()
    settings = ("--as-of", "2026-11-30", "-o", out, "--format", "csv" if "/" in out else "sql")
    assert 0 == call("run", shop, *settings, "--log", "run.log", "--log-format", "json")[0]
    told = [line["path"] for line in lines(tmp_path / "run.log") if line["event"] == "removed"]
    assert sorted(map(str, left)) == sorted(told)
    made = name.format(date="2026-11-30", x="{x}")
    assert {shop, "run.log", made, *(path.name for path in others)} == names(tmp_path)
