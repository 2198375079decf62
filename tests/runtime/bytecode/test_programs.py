"""Programs that are bytecode behave as plain Node runs their source from the disk.

CI runs what each release does in its own way, above all modules and errors, with all of them; a
program with Node 24 and one other; real packages, whose files take long to compile, with Node 24.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs import Machine
from rigs.machine import Completed
from support.bytecode_executables import build_bytecode
from support.equipment import FindMachine
from support.releases import RELEASE, RELEASES
from support.samples import pairs, some

PROGRAMS = Path(__file__).parent / "programs"
PACKAGES = {"express": "5.3.0", "lodash": "4.17.21", "yargs": "18.2.0"}
KINDS = {"is-callable": "1.2.7", "is-generator-function": "1.1.2", "lodash": "4.17.21"}

NodeBinary = Callable[[str, str, str], Path]

COMMONJS = (
    "cjs",
    "deprecated",
    "dynamic",
    "errors",
    "features",
    "flags",
    "idle",
    "imported",
    "traces",
)

each_release = pytest.mark.parametrize("release", RELEASES)
one_release = pytest.mark.parametrize("release", some(RELEASES, [RELEASE]))
two_releases = pytest.mark.parametrize("release", some(RELEASES, [RELEASE, RELEASES[-1]]))
# Node 20 does not support ES modules that are bytecode.
each_with_modules = pytest.mark.parametrize(
    "release", [release for release in RELEASES if not release.startswith("20.")]
)


@pytest.fixture
def here(machine: FindMachine) -> Machine:
    return machine("linux-x64")


@pytest.mark.parametrize(("name", "release"), pairs(COMMONJS, RELEASES, [RELEASE]))
def test_commonjs(
    name: str, release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    node = node_binary(release, "linux", "x64")
    program = build_bytecode(PROGRAMS / name, "index.js", node, tmp_path / "out")
    _compare(here, node, program, PROGRAMS / name, "index.js")


@pytest.mark.parametrize("name", ["disk-links", "packaged-arguments", "working-directory"])
def test_programs_of_the_runtime(
    name: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    """What does not depend on bytecode in other releases, or only by accident."""
    node = node_binary(RELEASE, "linux", "x64")
    folder = Path(shutil.copytree(PROGRAMS.parent.parent / "programs" / name, tmp_path / name))
    command = {"PATH": f"{node.parent}{os.pathsep}{os.defpath}"}
    expected = here.run(node, str(folder / "index.js"), env=command)
    program = build_bytecode(folder, "index.js", node, tmp_path / "out")
    folder.rename(tmp_path / "moved away")
    got = here.run(program, env=command)
    assert _normal(got, folder, program) == _normal(expected, folder, node)


@each_release
def test_modules(release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path) -> None:
    """First every module is bytecode; then some are source, in the same graph."""
    node = node_binary(release, "linux", "x64")
    folder = PROGRAMS / "esm"
    program = build_bytecode(folder, "index.js", node, tmp_path / "all")
    _compare(here, node, program, folder, "index.js")
    some = ("live.js", "cycle-b.js", "node_modules/dual/i.mjs", "node_modules/cjsdep/other.js")
    mixed = build_bytecode(
        folder, "index.js", node, tmp_path / "some", source_only=some, public=("star.js",)
    )
    _compare(here, node, mixed, folder, "index.js")


@each_with_modules
def test_failures(release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path) -> None:
    node = node_binary(release, "linux", "x64")
    folder = PROGRAMS / "failures"
    program = build_bytecode(folder, "index.js", node, tmp_path / "out")
    for which in ("handled", "throws", "rejects", "dependency", "code"):
        _compare(here, node, program, folder, "index.js", which)
    unsettled = here.run(program, "unsettled")
    assert (unsettled.code, unsettled.stdout) == (13, "exit 13\n")
    assert "unsettled top-level await at file:///snapshot/failures/index.js" in unsettled.stderr


@one_release
def test_packages(
    release: str,
    node_binary: NodeBinary,
    npm_project: Callable[[dict[str, str]], Path],
    here: Machine,
    tmp_path: Path,
) -> None:
    node = node_binary(release, "linux", "x64")
    folder = _with_packages("packages", npm_project(PACKAGES), tmp_path)
    program = build_bytecode(folder, "cli.mjs", node, tmp_path / "out")
    _compare(here, node, program, folder, "cli.mjs", "--name", "anna")


@two_releases
def test_kinds_of_functions(
    release: str,
    node_binary: NodeBinary,
    npm_project: Callable[[dict[str, str]], Path],
    here: Machine,
    tmp_path: Path,
) -> None:
    """Classes, and only classes, look like classes to Node and to packages that check."""
    node = node_binary(release, "linux", "x64")
    folder = _with_packages("kinds", npm_project(KINDS), tmp_path)
    program = build_bytecode(folder, "index.js", node, tmp_path / "out")
    _compare(here, node, program, folder, "index.js")


@each_release
def test_replaced_loading(
    release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    """Programs that replace `_compile` and the like get the source, or run the bytecode."""
    node = node_binary(release, "linux", "x64")
    folder = PROGRAMS / "loaders"
    program = build_bytecode(folder, "index.js", node, tmp_path / "out")
    _compare(here, node, program, folder, "index.js")
    everything = tuple(str(path.relative_to(folder)) for path in folder.rglob("*.js"))
    public = build_bytecode(folder, "index.js", node, tmp_path / "public", public=everything)
    _compare(here, node, public, folder, "index.js")
    _compare(here, node, public, folder, "index.js", "change")


@pytest.mark.parametrize("release", some(RELEASES, [RELEASES[0], RELEASE]))
def test_options(release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path) -> None:
    """Flags that do not change bytecode are accepted; others end the process with a message."""
    node = node_binary(release, "linux", "x64")
    folder = PROGRAMS / "flags"
    program = build_bytecode(
        folder, "index.js", node, tmp_path / "out", exec_argv=("--stack-size=900",)
    )
    (tmp_path / "first.mjs").write_text("console.log('first');")
    permission = "experimental-permission --no-warnings" if release[:2] == "20" else "permission"
    for options in (
        "--max-old-space-size=300 --stack-trace-limit=5",
        "--interpreted-frames-native-stack --disallow-code-generation-from-strings",
        f"--{permission} --allow-worker --allow-child-process --allow-fs-read=*",
        "--frozen-intrinsics --no-warnings",
        f"--pending-deprecation --import={(tmp_path / 'first.mjs').as_uri()}",
    ):
        _compare(here, node, program, folder, "index.js", env={"NODE_OPTIONS": options})
    refused = here.run(program, env={"NODE_OPTIONS": "--jitless"})
    assert refused.code == 1
    assert refused.stdout == ""
    v8 = here.run(node, "-p", "process.versions.v8").stdout.strip()
    pattern = (
        r"sealift: V8 rejects the bytecode of /snapshot/flags/index\.js\. It was compiled for "
        rf"V8 {v8} \(.*\), but this process is V8"
    )
    sentence = refused.stderr.splitlines()[-1]
    assert re.match(pattern, sentence)
    assert len(set(re.findall(r"flags ([0-9a-f]{8})", sentence))) == 2


@pytest.mark.parametrize(("name", "release"), pairs(["dynamic", "features"], RELEASES, [RELEASE]))
def test_source_runs_if_bytecode_is_rejected(
    name: str, release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    """Scripts and modules whose source ships run from source, in workers and children too."""
    node = node_binary(release, "linux", "x64")
    folder = PROGRAMS / name
    public = tuple(path.name for path in folder.iterdir())
    program = build_bytecode(folder, "index.js", node, tmp_path / "out", public=public)
    _compare(here, node, program, folder, "index.js")
    _compare(here, node, program, folder, "index.js", env={"NODE_OPTIONS": "--jitless"})


@two_releases
@pytest.mark.parametrize("public", [(), ("index.js",)])
def test_damage(
    public: tuple[str, ...], release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    """A changed bit in a code cache is reported; V8 would execute it."""
    node = node_binary(release, "linux", "x64")
    folder = tmp_path / "damage"
    folder.mkdir()
    (folder / "index.js").write_text("console.log('index'); require('./other.js');\n")
    (folder / "other.js").write_text("console.log('other');\n")
    program = build_bytecode(folder, "index.js", node, tmp_path / "out", public=public)
    assert here.run(program).stdout == "index\nother\n"
    content = bytearray(program.read_bytes())
    key = b"sealift/bytecode"
    start = content.index(struct.pack("<Q", len(key)) + key) + 8 + len(key)
    (length,) = struct.unpack_from("<Q", content, start)
    for at in (0, 3, 17, 40, length // 4):
        damaged = tmp_path / f"damaged{at}"
        content[start + 8 + at] ^= 0x10
        damaged.write_bytes(content)
        content[start + 8 + at] ^= 0x10
        damaged.chmod(0o755)
        done = here.run(damaged)
        assert (done.code, done.stdout) == (1, "")
        assert done.stderr == (
            f"sealift: The bytecode of /snapshot/damage/index.js is damaged in {damaged}: its "
            "checksum is wrong. Copy or download the executable again.\n"
        )


@each_release
def test_scripts_without_source(
    release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    node = node_binary(release, "linux", "x64")
    program = build_bytecode(PROGRAMS / "cjs", "left-out.js", node, tmp_path / "out")
    path = "/snapshot/cjs/left-out.js"
    completed = here.run(program)
    assert completed.stderr == ""
    assert completed.stdout.splitlines() == [
        f"EACCES open {path} true",
        f"EACCES open {path} true",
        f"EACCES copyfile {path} true",
        'true {"d":1}',
        "true",
        "EACCES",
        "EACCES",
    ]
    assert b"this comment is in the source alone" not in program.read_bytes()


@each_release
def test_scripts_with_source(
    release: str, node_binary: NodeBinary, here: Machine, tmp_path: Path
) -> None:
    """If the source ships too, the bytecode runs, and functions have their text."""
    node = node_binary(release, "linux", "x64")
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "index.js").write_text(
        "#!/usr/bin/env node\nclass A { a() { return 1; } }\n"
        "console.log(A, String(A), new A().a.toString());\n"
        "console.log(require('fs').readFileSync(__filename, 'utf8'));\nnull.x;\n"
    )
    program = build_bytecode(folder, "index.js", node, tmp_path / "out", public=("index.js",))
    _compare(here, node, program, folder, "index.js")


def _with_packages(name: str, packages: Path, directory: Path) -> Path:
    """Copy a program to ``directory``, with the packages that it uses."""
    folder = shutil.copytree(PROGRAMS / name, directory / name)
    shutil.copytree(packages / "node_modules", folder / "node_modules", symlinks=True)
    return folder


def _compare(
    here: Machine,
    node: Path,
    program: Path,
    folder: Path,
    entry: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
) -> None:
    expected = here.run(node, str(folder / entry), *arguments, env=env)
    got = here.run(program, *arguments, env=env)
    assert _normal(got, folder, program) == _normal(expected, folder, node)


def _normal(completed: Completed, folder: Path, program: Path) -> tuple[int, list[str], list[str]]:
    def normal(text: str) -> list[str]:
        text = text.replace(str(folder), f"/snapshot/{folder.name}")
        text = text.replace(f"`{program.name} ", "`NODE ")
        text = re.sub(r"\(node:\d+\)", "(node:N)", text)
        # Without source, the line that failed is blank.
        text = re.sub(r"(^\S+:\d+\n)[^\n]*(?=\n *\^)", r"\1", text, flags=re.MULTILINE)
        # V8 does not know what awaits an `import()` that a callback of `vm` does.
        text = re.sub(r"\n +at (?:async |[^\n]*(?:node:|sealift:))[^\n]*", "", text)
        # The frame of the executable's own main script.
        text = re.sub(r"\n +at main\.js:[^\n]*", "", text)
        return text.split("\n")

    return completed.code, normal(completed.stdout), normal(completed.stderr)
