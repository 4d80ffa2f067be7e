"""Stops while code that is not ours is at work: none of them is lost, whatever it catches."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest
from support.plugins import install_plugin
from support.processes import bells, needs_proc, runs
from support.schemas import with_column

from shardgen.errors import StoppedError
from shardgen.execution.signals import raise_stop, signals_raise

STOPS = {
    signal.SIGINT: (130, "interrupted"),
    signal.SIGTERM: (143, "terminated"),
    signal.SIGHUP: (129, "the terminal was closed"),
}
CATCHES = {
    "errors": "except Exception: pass",
    "everything": "except BaseException: pass",
    "bare": "except: pass",
    "another error": "except BaseException: raise ValueError('of its own')",
    "an end": "except BaseException: raise SystemExit(3)",
}
"""What a plug-in may do around its own work."""
CASES = [
    *((number, "everything") for number in STOPS),
    *((signal.SIGTERM, catch) for catch in CATCHES if catch != "everything"),
]
FEW_CASES = [(signal.SIGINT, "everything"), (signal.SIGTERM, "an end")]

PLUGIN = """
from shardgen import BoundGenerator, Generator, Text, generator

def work(place, rows=1):
    if (place, rows > 1) != {moment!r}:
        return
    try:
        {ring}
        while True:  # not signal.pause(): it would miss a stop in the moment before it
            pass
    {catch}

work("import")

@generator("slow")
class Slow(Generator, frozen=True):
    def bind(self, context):
        number = context.serial()
        work("bind")

        def compute(batch):
            work("compute", len(batch))
            return Text(("x", number(batch)))

        return BoundGenerator(compute=compute)
"""
MOMENTS = {
    "imported": ("import", False),
    "bound": ("bind", False),
    "checked": ("compute", False),
    "making rows": ("compute", True),
}
FAKER = """
from faker.providers.misc import Provider

def md5(self, raw_output=False):
    try:
        {ring}
        while True:  # not signal.pause(): it would miss a stop in the moment before it
            pass
    {catch}
    return "x"

Provider.md5 = md5
"""


@pytest.fixture
def start(tmp_path):
    with runs(tmp_path) as start_run:
        yield start_run


@pytest.fixture
def bell(tmp_path):
    with bells(tmp_path) as made:
        yield made


def stopped(start, bell, tmp_path, generator, environment, number, *options) -> None:
    """Stop a run in the midst of foreign code, and look at how it ends."""
    raw = with_column(type="varchar(40)", generator=generator)
    (tmp_path / "s.json").write_text(json.dumps(raw))
    run = start("run", str(tmp_path / "s.json"), "-o", "out.sql", *options, environment=environment)
    bell.wait(run)
    run.kill_group(number)
    code, what = STOPS[number]
    assert (run.end(), run.said) == (code, f"shardgen: {what}\n")
    assert [] == run.files()


@needs_proc
@pytest.mark.parametrize(
    ("moment", "number", "catch"),
    [
        *(("making rows", *case) for case in CASES),
        *((moment, *case) for moment in MOMENTS if moment != "making rows" for case in FEW_CASES),
    ],
)
def test_a_stop_in_a_plugin_ends_the_run(start, bell, tmp_path, moment, number, catch):
    """While it is imported, bound or makes rows, with the stop's own code, whatever it catches."""
    text = PLUGIN.format(moment=MOMENTS[moment], ring=bell.ring, catch=CATCHES[catch])
    environment = install_plugin(tmp_path / "site-packages", "slow", text, "slow = slow")
    stopped(start, bell, tmp_path, "slow", environment, number)


@needs_proc
@pytest.mark.parametrize(("number", "catch"), CASES)
def test_a_stop_in_a_worker_s_plugin_ends_the_run(start, bell, tmp_path, number, catch):
    """The parent alone heeds it, and ends the worker whatever that one does."""
    text = PLUGIN.format(moment=MOMENTS["making rows"], ring=bell.ring, catch=CATCHES[catch])
    environment = install_plugin(tmp_path / "site-packages", "slow", text, "slow = slow")
    rows = ("-n", "users=300000", "-w", "2")
    stopped(start, bell, tmp_path, "slow", environment, number, *rows)


@needs_proc
@pytest.mark.parametrize(("number", "catch"), FEW_CASES)
def test_a_stop_in_faker_ends_the_run(start, bell, tmp_path, number, catch):
    """While Faker makes a pool, with the stop's own code, whatever its provider catches."""
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FAKER.format(ring=bell.ring, catch=CATCHES[catch]))
    environment = {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    stopped(start, bell, tmp_path, "faker.md5", environment, number)


def test_a_stop_that_was_caught_is_raised_again():
    """By the next of our own code that asks, and at the end of the block at the latest."""
    before = signal.getsignal(signal.SIGTERM)
    reached = []

    def catch_everything(work, *arguments):
        try:
            work(*arguments)
        except BaseException:  # noqa: BLE001 -- as foreign code does
            reached.append("caught")

    with pytest.raises(StoppedError, match="terminated") as caught, signals_raise():
        catch_everything(os.kill, os.getpid(), signal.SIGTERM) or catch_everything(raise_stop)
    assert (["caught", "caught"], 143) == (reached, caught.value.exit_code)
    assert signal.getsignal(signal.SIGTERM) is before
    raise_stop()  # it is over: nothing is raised


def test_a_stop_in_a_destructor_is_kept_and_says_nothing(capsys):
    """Python raises nothing out of one, and would print a traceback for it."""

    class Stopping:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    reached = []

    def lose() -> None:
        Stopping()
        reached.append("the next line")

    with pytest.raises(StoppedError, match="terminated"), signals_raise():
        lose()
    assert (["the next line"], "") == (reached, capsys.readouterr().err)


def test_no_stop_is_raised_in_other_threads():
    """Signals are the main thread's; elsewhere the block changes nothing."""
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with signals_raise():
            raise_stop()
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert [before] == seen
