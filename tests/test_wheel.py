"""The wheel works where it is installed, without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import IN_CI, ROOT

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == ended.returncode, ended.stderr[-2000:]
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel as it is built on this machine."""
    return built_wheel(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def pure_wheel(tmp_path_factory) -> Path:
    """The wheel as it is built where there is no C compiler."""
    return built_wheel(tmp_path_factory.mktemp("source"), CC="no-such-compiler")


def built_wheel(folder: Path, **environment: str) -> Path:
    """Build the wheel from a copy of its sources, so that nothing is left in the checkout."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("shardgen", "schemas", "scripts"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "_native*.so")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    # What an editable install leaves is never packed, not even without .gitignore
    (folder / "shardgen" / "output" / "text" / "_native.abi3.so").write_bytes(b"stale")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "dist")]
    built = subprocess.run(
        build, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if built.returncode and not IN_CI and "hatchling" in built.stdout + built.stderr:
        pytest.skip("no hatchling: it is neither installed nor can it be fetched")
    assert 0 == built.returncode, built.stdout[-2000:] + built.stderr[-2000:]
    (path,) = (folder / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    return installed_wheel(wheel, tmp_path_factory.mktemp("venv"))


def installed_wheel(wheel: Path, folder: Path) -> Path:
    """Make a clean environment with the wheel; return the folder of its commands."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    context = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).strip()
    )
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    run(*pip, "--no-index", wheel, cwd=folder)
    # The dependencies are those of this environment; .pth files in it, such as that of an editable
    # shardgen, are not read there.
    (context / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel):
    """Schemas with their rules and CSV, pools, the type marker and the licence, in one package."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "shardgen/py.typed" in names
    for path in (ROOT / "schemas").iterdir():  # their data and rules too
        assert f"shardgen/schemas/{path.name}" in names
    for path in (ROOT / "shardgen" / "generators" / "locales" / "pools").rglob("*.tsv"):
        assert str(path.relative_to(ROOT)) in names
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "shardgen").rglob("*.py")}
    assert modules <= set(names)
    assert {"shardgen"} == {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_installed_command_runs_from_another_folder(installed, tmp_path):
    """It finds its schemas and pools, and is not the checkout's."""
    where = run(
        installed / "python", "-c", "import shardgen; print(shardgen.__file__)", cwd=tmp_path
    )
    assert where.startswith(str(installed.parent))
    summary = json.loads(run(installed / "shardgen", "run", "--json", cwd=tmp_path))
    assert (5000, "fintech-loans.sql") == (summary["rows"], summary["out"])
    here = tmp_path / "here.sql"
    run(sys.executable, "-m", "shardgen", "run", "-q", "-o", here, cwd=tmp_path)
    assert here.read_bytes() == (tmp_path / "fintech-loans.sql").read_bytes()


def test_the_installed_command_lists_its_schemas(installed, tmp_path):
    """They are found in the package, not in the checkout."""
    listed = run(installed / "shardgen", "schemas", cwd=tmp_path)
    for path in (ROOT / "schemas").glob("*.json"):
        assert f"\n{path.stem} " in listed


def test_the_installed_library_generates(installed, tmp_path):
    """From a folder without the sources, as a user's program does."""
    code = "import shardgen; print(len(shardgen.generate('fintech-loans').tables['loans'].rows))"
    assert "1000\n" == run(installed / "python", "-c", code, cwd=tmp_path)


def test_with_a_compiler_the_wheel_is_for_one_system_and_every_later_python(wheel):
    """The compiled module keeps to Python's stable interface."""
    names = zipfile.ZipFile(wheel).namelist()
    found = [
        name for name in names if name.startswith("shardgen/output/text/_native") and ".so" in name
    ]
    if not found and not IN_CI:
        pytest.skip("no C compiler")
    assert ["shardgen/output/text/_native.abi3.so"] == found
    assert b"stale" != zipfile.ZipFile(wheel).read(found[0])
    assert "-cp311-abi3-" in wheel.name


def test_without_a_compiler_the_wheel_is_pure_python_and_makes_the_same_bytes(
    pure_wheel, installed, tmp_path
):
    """The wheel says `none-any`, holds no binary, and its dump is that of the compiled one."""
    assert pure_wheel.name.endswith("-py3-none-any.whl")
    assert not any(name.endswith(".so") for name in zipfile.ZipFile(pure_wheel).namelist())
    pure = installed_wheel(pure_wheel, tmp_path / "venv")
    for command, out in ((pure, "pure.sql"), (installed, "compiled.sql")):
        run(command / "shardgen", "run", "-q", "--seed", "5", "-o", out, cwd=tmp_path)
    assert (tmp_path / "pure.sql").read_bytes() == (tmp_path / "compiled.sql").read_bytes()
