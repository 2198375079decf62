"""The wheel and the source distribution: exactly what sealift needs to run, and nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "sealift"
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
BESIDE_THE_SOURCES = {
    *(".gitignore", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"),
    "docs/man/sealift.1",
}
# Imports every module of the installed package, and reads the runtime's files.
PROGRAM = """
import importlib, pkgutil, sealift
from sealift import runtime
found = pkgutil.walk_packages(sealift.__path__, "sealift.")
names = [module.name for module in found if not module.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(sealift.__file__, len(names), len(runtime.modules()), len(runtime.main_script()) > 0)
"""

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Distributions:
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Both, built of a copy that has a developer's stray files too."""
    project = tmp_path_factory.mktemp("distribution") / "project"
    shutil.copytree(ROOT / "src", project / "src")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, project / name)
    shutil.copytree(ROOT / "docs" / "man", project / "docs" / "man")
    for stray in ("notes.txt", "module.py.orig", "runtime/js/main.js~", "a.so", ".DS_Store"):
        (project / "src" / "sealift" / stray).write_text("stray")
    (project / "tests").mkdir()
    (project / "tests" / "test_it.py").touch()
    return build(project)


def build(project: Path) -> Distributions:
    command = [sys.executable, "-m", "hatchling", "build", "--directory", "dist"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = (project / "dist").glob("*.whl")
    (sdist,) = (project / "dist").glob("*.tar.gz")
    return Distributions(wheel, sdist)


def package_files() -> set[str]:
    """Return what must ship, by its place in the source and not by the build's patterns."""
    scripts = (
        PACKAGE / "runtime" / "js",
        PACKAGE / "bytecode" / "js",
        PACKAGE / "hooks" / "js",
        PACKAGE / "typescript" / "js",
    )
    files = {
        *PACKAGE.rglob("*.py"),
        *(path for folder in scripts for path in folder.rglob("*") if path.is_file()),
        *(PACKAGE / "compact" / "c").iterdir(),
        *(PACKAGE / "musl" / "c").iterdir(),
        PACKAGE / "py.typed",
    }
    return {f"sealift/{path.relative_to(PACKAGE).as_posix()}" for path in files}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wheel_holds_the_package_alone(distributions: Distributions) -> None:
    metadata = {f"sealift-{VERSION}.dist-info/{name}" for name in METADATA}
    manual = f"sealift-{VERSION}.data/data/share/man/man1/sealift.1"
    assert set(contents(distributions.wheel)) == package_files() | metadata | {manual}
    assert len(package_files()) > 200


def test_source_distribution_holds_what_the_wheel_is_built_of(
    distributions: Distributions, tmp_path: Path
) -> None:
    top = f"sealift-{VERSION}"
    with tarfile.open(distributions.sdist) as archive:
        names = {member.name for member in archive if not member.isdir()}
        archive.extractall(tmp_path, filter="data")
    sources = {f"{top}/src/{name}" for name in package_files()}
    assert names == sources | {f"{top}/{name}" for name in BESIDE_THE_SOURCES}
    again = build(tmp_path / top)
    assert contents(again.wheel) == contents(distributions.wheel)


def test_version_stands_in_one_file(distributions: Distributions) -> None:
    assert VERSION not in (ROOT / "pyproject.toml").read_text().partition("[tool.")[0]
    metadata = contents(distributions.wheel)[f"sealift-{VERSION}.dist-info/METADATA"]
    assert message_from_bytes(metadata)["Version"] == VERSION


@pytest.mark.parametrize(
    "words", [("uv", "tool", "run", "--from"), ("pipx", "run", "--spec")], ids=["uvx", "pipx"]
)
def test_it_runs_without_being_installed(
    words: tuple[str, ...], distributions: Distributions, tmp_path: Path
) -> None:
    """As `uvx sealift` and `pipx run sealift` do, with the wheel in place of the registry's."""
    tool, *options = words
    if importlib.util.find_spec(tool) is None:
        lacking(tool)
    own = {"HOME": tmp_path, "PIPX_HOME": tmp_path / "pipx", "UV_TOOL_DIR": tmp_path / "uv"}
    command = [sys.executable, "-m", tool, *options, distributions.wheel, "sealift", "--version"]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **own},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{VERSION}\n"


def test_every_module_of_the_wheel_finds_its_files(
    distributions: Distributions, tmp_path: Path
) -> None:
    with zipfile.ZipFile(distributions.wheel) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    file, modules, scripts, has_main = done.stdout.split()
    assert file == str(tmp_path / "sealift" / "__init__.py")
    python = [name for name in package_files() if name.endswith(".py")]
    assert int(modules) == len(python) - 2  # without sealift itself and __main__
    # Without main.js, which is the main script.
    in_source = [name for name in package_files() if name.startswith("sealift/runtime/js/")]
    assert int(scripts) == len(in_source) - 1
    assert has_main == "True"
