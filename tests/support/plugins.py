"""Plug-ins: packages that look installed, found by their entry points."""

from __future__ import annotations

import os
from pathlib import Path

from shardgen.generators.plugins import GROUP


def install_plugin(folder: Path, name: str, text: str, entry: str) -> dict[str, str]:
    """Make a package in a folder, and return what to add to the environment to see it."""
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")
    (folder / f"{name}.py").write_text(text)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
