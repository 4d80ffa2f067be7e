"""Fixtures of the command line: it runs in this process, in an empty folder."""

from __future__ import annotations

import json
import sys

import pytest
from support.schemas import RIGHT

from shardgen.cli import main as cli


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """Run the command line in an empty folder, in this process: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["shardgen", *arguments])
            for name, value in environment.items():
                patch.setenv(name, value)
            capfd.readouterr()
            try:
                code = cli._exit_code()
            except SystemExit as left:
                code = left.code
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def shop(tmp_path):
    """A schema file of the user's own, by its name in the empty folder."""
    (tmp_path / "shop.json").write_text(json.dumps(RIGHT))
    return "shop.json"
