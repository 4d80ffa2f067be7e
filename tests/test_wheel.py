"""The wheel works where it is installed, without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from support.places import IN_CI, ROOT

from shardgen.plan.load import bundled_schemas

pytestmark = pytest.mark.slow

MODULE = "shardgen/output/text/_native.abi3.so"


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
    return built(tmp_path_factory.mktemp("source"), "wheel")


@pytest.fixture(scope="module")
def pure_wheel(tmp_path_factory) -> Path:
    """The wheel as it is built where there is no C compiler."""
    return built(tmp_path_factory.mktemp("source"), "wheel", CC="no-such-compiler")


def sources(folder: Path) -> Path:
    """Copy what a build reads, so that it leaves nothing in the checkout; return the folder."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("shardgen", "schemas"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "_native*.so")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    # What an editable install leaves is never packed, not even without .gitignore
    (folder / MODULE).write_bytes(b"stale")
    return folder


def built(folder: Path, kind: str, **environment: str) -> Path:
    """Build a wheel or an sdist from a copy of its sources."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--outdir", folder / "dist"]
    succeeds([*command, sources(folder)], **environment)
    (path,) = (folder / "dist").iterdir()
    return path


def succeeds(command: list[str | Path], **environment: str) -> None:
    """Run what needs the build backend; where that cannot be fetched, skip, except in CI."""
    ended = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if ended.returncode and not IN_CI and "No matching distribution" in ended.stdout + ended.stderr:
        pytest.skip("no scikit-build-core: it cannot be fetched")
    assert 0 == ended.returncode, ended.stdout[-2000:] + ended.stderr[-2000:]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    return installed_wheel(wheel, tmp_path_factory.mktemp("venv"))


def installed_wheel(wheel: Path, folder: Path) -> Path:
    """Make a clean environment with the wheel; return the folder of its commands."""
    commands = clean_environment(folder)
    run(*pip(commands), "--no-index", wheel, cwd=folder)
    return commands


def clean_environment(folder: Path) -> Path:
    """Make an environment with shardgen's dependencies; return the folder of its commands."""
    venv.create(folder, with_pip=False)
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(folder / "bin" / "python", "-c", show, cwd=folder).strip())
    # The dependencies are those of this environment; .pth files in it, such as that of an editable
    # shardgen, are not read there.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def pip(commands: Path) -> list[str | Path]:
    own = [sys.executable, "-m", "pip", "--python", commands / "python"]
    return [*own, "install", "--quiet", "--no-deps"]


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
    assert not [name for name in names if name.endswith((".c", ".txt")) and "dist-info" not in name]
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
    for name in bundled_schemas():
        assert f"\n{name} " in listed


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
    assert [MODULE] == found
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


def test_the_sdist_holds_all_that_a_build_reads(tmp_path):
    """And no compiled module."""
    with tarfile.open(built(tmp_path, "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = (tmp_path / name for name in ("shardgen", "schemas"))
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    expected = {str(path.relative_to(tmp_path)) for path in files} - {MODULE}
    assert expected | {"pyproject.toml", "README.md", "LICENSE"} == names - {"PKG-INFO"}


def test_an_editable_install_is_the_checkout(tmp_path):
    """An edit is seen at once, and a compiled module only as long as there is a compiler."""
    checkout = sources(tmp_path)
    commands = clean_environment(tmp_path / "venv")
    show = "from shardgen import errors; from shardgen.output.text import native_writer as native; "
    show += "print(errors.__file__, getattr(native.compiled, '__file__', None))"
    errors = checkout / "shardgen" / "errors.py"

    succeeds([*pip(commands), "--editable", checkout])
    before = run(commands / "python", "-c", show, cwd=tmp_path).split()
    if "None" == before[1] and not IN_CI:
        pytest.skip("no C compiler")
    assert [str(errors), str(checkout / MODULE)] == before
    errors.write_text(errors.read_text() + "\n__file__ = 'edited'\n")
    assert "edited" == run(commands / "python", "-c", show, cwd=tmp_path).split()[0]

    succeeds([*pip(commands), "--editable", checkout], CC="no-such-compiler")
    assert ["edited", "None"] == run(commands / "python", "-c", show, cwd=tmp_path).split()
    assert not (checkout / MODULE).exists()
