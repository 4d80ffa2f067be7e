"""
Build hook: compiles shardgen/_native.c when shardgen is installed, where there is a C compiler.

Where there is none, the package is pure Python and makes the same bytes, 1.6 times as slowly.
setuptools knows the compilers; CC and CFLAGS in the environment choose another one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

MODULE = "shardgen.output.text._native"
SOURCE = "shardgen/output/text/_native.c"


class BuildNative(BuildHookInterface):
    """Puts the compiled module beside its source, for an editable install, or into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory()  # until the wheel is written
        built = compiled(root, Path(self._folder.name))
        if version == "editable":
            built = self._replaced(root, built)
        if built is None:
            self.app.display_warning(f"{SOURCE} was not compiled; shardgen runs without it")
        elif version != "editable":
            build_data["pure_python"] = False
            build_data["tag"] = f"cp311-abi3-{platform_tag()}"
            build_data["force_include"][str(built)] = f"shardgen/output/text/{built.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        del version, build_data, artifact_path
        self._folder.cleanup()

    def _replaced(self, root: Path, built: Path | None) -> Path | None:
        """Put the module where those of earlier builds are; None where that cannot be done."""
        beside = (root / SOURCE).parent
        try:
            for earlier in beside.glob("_native.*"):
                if earlier.suffix in (".so", ".pyd"):
                    earlier.unlink()
            return built and Path(shutil.copy2(built, beside))
        except OSError as error:  # a folder that cannot be written, or on Windows one in use
            self.app.display_warning(str(error))
            return None


def compiled(root: Path, folder: Path) -> Path | None:
    """Compile the module below `folder`; None where that cannot be done."""
    extension = Extension(MODULE, [str(root / SOURCE)], py_limited_api=True, optional=True)
    if sys.platform != "win32":
        extension.extra_compile_args = ["-O3"]
    command = build_ext(Distribution({"name": "shardgen", "ext_modules": [extension]}))
    command.build_lib = str(folder)
    with tempfile.TemporaryDirectory() as temporary:
        command.build_temp = temporary
        command.ensure_finalized()
        command.run()
    built = Path(command.get_ext_fullpath(MODULE))
    return built if built.is_file() else None


def platform_tag() -> str:
    """Return the system as pip names it: macOS 14.5 is macosx_14_0, but sysconfig says 14.5."""
    own = (tag for tag in platform_tags() if not tag.startswith(("manylinux", "musllinux")))
    return next(own)
