"""Native code in npm packages: each target has its own, which runs there.

One command on one host builds for all targets. Independent readers check the executables that no
rig can run.
"""

from __future__ import annotations

import functools
import io
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import lief
import pytest

from sealift.formats.node_facts import read_facts
from sealift.formats.sea_blob import BlobLayout, read_blob
from sealift.payload.table_reader import read_table
from support.command_line import Build, Sealift
from support.equipment import FindMachine
from support.samples import pairs

PROJECT = Path(__file__).parent / "projects" / "addons-app"
RELEASE = "24.19.0"  # every target has a build of this release
RUN = ("linux-x64", "linux-arm64", "alpine-x64", "linuxstatic-x64", "win-x64")
LOOKED_AT = ("macos-x64", "macos-arm64", "win-arm64")

RED, GREEN, BLUE, DARK = [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]
ARGON2ID = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"  # RFC 9106, 5.3
ANSWERS = {
    "prebuilds": ARGON2ID,
    "napi": [True, False, True],
    "library": ["PNG", 4, 2, RED + RED + GREEN + GREEN + BLUE + BLUE + DARK + DARK],
    "exception": "Input buffer contains unsupported image format",
    "files": [3, 2, RED],
    "watcher": "new.txt",
    "program": ["const half = (n) => n / 2;", True],
    "worker": {"prebuilds": ARGON2ID},
}
# Argon2 has no prebuild for Windows on arm64, and for macOS only one for arm64.
PREBUILDS = {"macos-arm64": 1, "macos-x64": 0, "win-arm64": 0}

MACHINES: Mapping[str, object] = {
    "macos-x64": lief.MachO.Header.CPU_TYPE.X86_64,
    "macos-arm64": lief.MachO.Header.CPU_TYPE.ARM64,
    "win-arm64": lief.PE.Header.MACHINE_TYPES.ARM64,
}


@pytest.fixture(scope="module")
def sources(
    npm_project: Callable[[Mapping[str, str]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The project as `npm install` leaves it on the host."""
    directory = tmp_path_factory.mktemp("addons") / "addons-app"
    shutil.copytree(PROJECT, directory)
    packages = json.loads((PROJECT / "package.json").read_text())["dependencies"]
    installed = npm_project(packages)
    shutil.copytree(installed / "node_modules", directory / "node_modules", symlinks=True)
    return directory


@pytest.fixture(scope="module")
def build_all(
    sources: Path, sealift: Sealift, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, Path]]:
    """Callable: a form to the executables by target, all built by one command, once."""
    targets = (*RUN, *LOOKED_AT)

    @functools.cache
    def build(form: str) -> dict[str, Path]:
        out = tmp_path_factory.mktemp(form)
        done = sealift(
            sources,
            *("-t", ",".join(f"node{RELEASE}-{target}" for target in targets)),
            *("--out-path", out),
            *("--json", out / "report.json"),
            *(["--sea"] if form == "source" else []),
            "--allow-missing-addons",
        )
        assert done.code == 0, done.stderr
        report = json.loads((out / "report.json").read_text())
        built = [Path(item["path"]) for item in report["executables"]]
        return dict(zip(targets, built, strict=True))

    return build


@pytest.fixture(params=["source", "bytecode"])
def executables(
    request: pytest.FixtureRequest, build_all: Callable[[str], dict[str, Path]]
) -> dict[str, Path]:
    """The executables of one form by target."""
    return build_all(request.param)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("target", "executables"),
    pairs(RUN, ("bytecode", "source"), whole=["linux-x64", "win-x64"]),
    indirect=["executables"],
)
def test_it_runs(
    target: str,
    executables: dict[str, Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    platform, _, arch = target.partition("-")
    done = machine(f"{platform}-{arch}").run(executables[target], cwd=tmp_path)
    assert (done.code, done.stderr) == (0, ""), done
    assert json.loads(done.stdout) == ANSWERS


@pytest.mark.rigs
@pytest.mark.parametrize("target", ["alpine-x64", "linuxstatic-x64"])
def test_musl_executables_run_on_glibc(
    target: str,
    executables: dict[str, Path],
    sources: Path,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    here = machine("linux-x64")
    done = here.run(executables[target], cwd=tmp_path)
    assert (done.code, done.stderr) == (0, ""), done
    assert json.loads(done.stdout) == ANSWERS
    addon = sources / "node_modules/@node-rs/argon2-linux-x64-gnu/argon2.linux-x64-gnu.node"
    done = here.run(executables[target], "--load", str(addon), cwd=tmp_path)
    assert done.code == 1
    assert "built for glibc" in done.stderr


def test_an_addon_that_node_gyp_built_on_the_host(
    npm_package: Callable[[str], Path],
    npm_project: Callable[[Mapping[str, str]], Path],
    build: Build,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    """A package is compiled when it is installed, and finds its addon through `bindings`."""
    project = tmp_path / "project"
    shutil.copytree(npm_project({"bindings": "1.5.0"}), project, symlinks=True)
    (project / "main.js").write_text(
        "const bytes = Buffer.from([1, 2, 3]);\n"
        "require('unmasking')(bytes, Buffer.from([1, 1, 1, 1]));\n"
        "console.log([...bytes].join());\n"
    )
    package = project / "node_modules" / "unmasking"
    release = package / "build" / "Release"
    release.mkdir(parents=True)
    manifest = {"name": "unmasking", "version": "1.0.0", "license": "MIT", "gypfile": True}
    (package / "package.json").write_text(json.dumps(manifest))
    (package / "binding.gyp").write_text("{}")
    (package / "index.js").write_text("module.exports = require('bindings')('unmasking').unmask;\n")
    addon = npm_package("bufferutil@4.1.0") / "prebuilds/linux-x64/bufferutil.node"
    shutil.copy2(addon, release / "unmasking.node")
    target = f"node{RELEASE}-linux-x64"
    for form in ((), ("--sea",)):
        executable = build(project / "main.js", target, options=form)[target]
        package.rename(tmp_path / "away")
        done = machine("linux-x64").run(executable, cwd=tmp_path)
        (tmp_path / "away").rename(package)
        assert (done.stdout, done.code) == ("0,3,2\n", 0), done.stderr


def packaged_files(executable: Path) -> dict[str, bytes]:
    """Return the packaged files by location; LIEF finds the blob, sealift's readers read it."""
    parsed = lief.parse(executable)
    if isinstance(parsed, lief.MachO.Binary):
        (section,) = (item for item in parsed.sections if item.name == "__NODE_SEA_BLOB")
        blob = bytes(section.content)
    else:
        assert isinstance(parsed, lief.PE.Binary)
        resources = [
            node
            for kind in parsed.resources.childs
            for node in kind.childs
            if node.has_name and node.name == "NODE_SEA_BLOB"
        ]
        (data,) = resources[0].childs
        assert isinstance(data, lief.PE.ResourceData)
        blob = bytes(data.content)
    layout = BlobLayout.of(read_facts(executable))
    assets = {
        key.decode(): blob[span.offset : span.offset + span.size]
        for key, span in read_blob(io.BytesIO(blob), 0, len(blob), layout).assets
    }
    files = assets["sealift/files"]
    records = read_table(assets["sealift/table"], assets["sealift/links"], len(files))
    return {
        record.location: files[record.offset : record.offset + record.size] for record in records
    }


@pytest.mark.parametrize("target", LOOKED_AT)
def test_each_target_has_its_own_addons(target: str, executables: dict[str, Path]) -> None:
    addons = []
    for location, content in packaged_files(executables[target]).items():
        if content[:2] == b"MZ" or content[:4] in (b"\x7fELF", b"\xcf\xfa\xed\xfe"):
            parsed = lief.parse(io.BytesIO(content))
            assert isinstance(parsed, (lief.MachO.Binary, lief.PE.Binary)), location
            header = parsed.header
            machine = getattr(header, "cpu_type", None) or getattr(header, "machine", None)
            assert machine == MACHINES[target], location
            addons.append(location)
    for part in ("@node-rs/argon2-", "@parcel/watcher-", "@esbuild/", "@img/sharp-", "libvips-cpp"):
        assert any(part in location for location in addons), part
    assert sum("/argon2/prebuilds/" in location for location in addons) == PREBUILDS[target]
