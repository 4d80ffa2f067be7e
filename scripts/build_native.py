"""
Build hook: compiles shardgen/_native.c when shardgen is installed, where there is a C compiler.

Where there is none, the package is pure Python and makes the same bytes, at about half the speed.
setuptools knows the compilers; CC and CFLAGS in the environment choose another one.
"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

MODULE = "shardgen._native"
SOURCE = "shardgen/_native.c"
UNIX_OPTIONS = ["-O3", "-ffp-contract=off"]  # NumPy does not fuse x·y + z either


class BuildNative(BuildHookInterface):
    """Puts the compiled module beside its source, for an editable install, or into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            for earlier in (root / SOURCE).parent.glob("_native.*"):
                if earlier.suffix in (".so", ".pyd"):
                    earlier.unlink()
        built = compiled(root, root if version == "editable" else Path(tempfile.mkdtemp()))
        if built is None:
            self.app.display_warning(f"{SOURCE} was not compiled; shardgen runs without it")
        elif version != "editable":
            build_data["pure_python"] = False
            build_data["tag"] = f"cp311-abi3-{platform_tag()}"
            build_data["force_include"][str(built)] = f"shardgen/{built.name}"


def compiled(root: Path, folder: Path) -> Path | None:
    """Compile the module below `folder`; None where that cannot be done."""
    extension = Extension(MODULE, [str(root / SOURCE)], py_limited_api=True, optional=True)
    if sys.platform != "win32":
        extension.extra_compile_args = UNIX_OPTIONS
    command = build_ext(Distribution({"name": "shardgen", "ext_modules": [extension]}))
    command.build_lib = str(folder)
    with tempfile.TemporaryDirectory() as temporary:
        command.build_temp = temporary
        command.ensure_finalized()
        command.run()
    built = Path(command.get_ext_fullpath(MODULE))
    return built if built.is_file() else None


def platform_tag() -> str:
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")
