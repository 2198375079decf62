"""Bad input and bad luck: one clear message, the documented code, no file of the user changed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import rigs
from rigs.capability import lacking
from support.command_line import Sealift, build_environment, command_line

USAGE, PROJECT, NODE, OUTPUT = 2, 3, 4, 5
TARGET = "node24-linux-x64"
FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"

BinaryOptions = Callable[..., list[str]]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A small project."""
    project = tmp_path / "app"
    project.mkdir()
    (project / "package.json").write_text('{"name": "app", "version": "1.0.0", "main": "main.js"}')
    (project / "main.js").write_text("console.log('it runs', process.argv.length)\n")
    return project


@pytest.fixture
def options(binary_options: BinaryOptions) -> list[str]:
    return ["-t", TARGET, *binary_options(TARGET)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    yield from _mounted(tmp_path / "small", "size=16m")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that nobody, not even root, can write to."""
    yield from _mounted(tmp_path / "frozen", "ro")


def _mounted(path: Path, mount_options: str) -> Iterator[Path]:
    path.mkdir()
    command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", mount_options, "tmpfs", path]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        lacking("root, to mount a small file system")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def refused(done: rigs.Completed, code: int) -> str:
    """Assert that it failed as documented; return the message."""
    assert done.code == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(("error: ", "warning: "))
    lines = done.stderr.strip().splitlines()
    assert len(lines) >= 2, "no remedy"
    return done.stderr


def entries(directory: Path) -> dict[str, bytes]:
    """Return the content of every file in a directory by path."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_failed_build_leaves_the_old_output(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    (app / "main.js").write_text("require('./not-there')\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "program").write_text("precious")
    said = refused(sealift(app, "-o", out / "program", *options), PROJECT)
    assert "./not-there" in said
    assert "main.js" in said
    assert entries(out) == {"program": b"precious"}


def test_output_is_a_directory(app: Path, options: list[str], sealift: Sealift) -> None:
    before = entries(app)
    refused(sealift(app, "-o", app, *options), OUTPUT)
    assert entries(app) == before


@pytest.mark.parametrize("through", ["name", "symlink"])
def test_output_is_the_input(through: str, app: Path, options: list[str], sealift: Sealift) -> None:
    output = app / "main.js"
    if through == "symlink":
        output = app / "link"
        output.symlink_to("main.js")
    before = entries(app)
    refused(sealift(app, "-o", output, *options), USAGE)
    assert entries(app) == before


def test_output_is_another_input(app: Path, options: list[str], sealift: Sealift) -> None:
    (app / "main.js").write_text("require('./lib')\n")
    (app / "lib.js").write_text("console.log(1)\n")
    before = entries(app)
    assert "lib.js" in refused(sealift(app, "-o", app / "lib.js", *options), USAGE)
    assert entries(app) == before


def test_output_is_the_node_binary(
    app: Path, sealift: Sealift, node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    node = tmp_path / "node"
    node.write_bytes(node_binary("24", "linux", "x64").read_bytes())
    node.chmod(0o755)
    content = node.read_bytes()
    done = sealift(app, "-t", TARGET, "--node-binary", f"{TARGET}={node}", "-o", node)
    assert str(node) in refused(done, OUTPUT)
    assert node.read_bytes() == content


def test_full_disk(app: Path, options: list[str], sealift: Sealift, small_disk: Path) -> None:
    (small_disk / "program").write_text("precious")
    refused(sealift(app, "-o", small_disk / "program", *options), OUTPUT)
    assert entries(small_disk) == {"program": b"precious"}


def test_read_only_directory(
    app: Path, options: list[str], sealift: Sealift, read_only_disk: Path
) -> None:
    refused(sealift(app, "--out-path", read_only_disk, *options), OUTPUT)


def test_two_builds_at_once(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "program"
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(sealift, app, "-o", out, *options) for _ in range(2)]
        for done in both:
            assert done.result().code == 0, done.result().stderr
    assert list(entries(out.parent)) == ["program"]
    assert rigs.linux_x64.run(out).stdout == "it runs 2\n"


def test_a_build_may_be_killed_at_any_moment(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    """The moments are spread over the time of a whole build."""
    out = tmp_path / "out" / "program"
    out.parent.mkdir()
    sealift(app, "-o", out, *options)  # fills the cache of compiled scripts
    began = time.monotonic()
    assert sealift(app, "-o", out, *options).code == 0
    whole = time.monotonic() - began
    killed = 0
    for moment in range(10):
        out.write_text("precious")
        command = [*command_line(app, "-o", out), *options]
        process = subprocess.Popen(
            command,
            env=build_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(whole * (0.15 + moment / 10))
        killed += process.poll() is None
        process.kill()
        process.wait()
        if out.read_bytes() != b"precious":
            assert rigs.linux_x64.run(out).stdout == "it runs 2\n"
    assert killed >= 3, "most builds were over before they could be killed"
    assert sealift(app, "-o", out, *options).code == 0
    assert rigs.linux_x64.run(out).stdout == "it runs 2\n"


@pytest.mark.parametrize(
    "name", ["with space", "ünï-cødé", "100%25", "a#b", "q?m", "it's", "$HOME", "[x]", "-dash"]
)
def test_odd_names(name: str, options: list[str], sealift: Sealift, tmp_path: Path) -> None:
    project = tmp_path / name
    project.mkdir()
    (project / f"{name}.mjs").write_text(
        "import { readFileSync } from 'node:fs';\n"
        "import path from 'node:path';\n"
        "console.log(path.basename(import.meta.dirname), path.basename(import.meta.filename));\n"
        "console.log(readFileSync(new URL('./d%20a ta.txt', import.meta.url), 'utf8'));\n"
        "console.log((await import('./c j%23s.cjs')).default);\n"
    )
    (project / "d a ta.txt").write_text("data")
    (project / "c j#s.cjs").write_text(
        "module.exports = require('fs').readdirSync(__dirname).length;\n"
    )
    out = tmp_path / "out" / name
    done = sealift(project / f"{name}.mjs", "-o", out, *options)
    assert done.code == 0, done.stderr
    for path in project.iterdir():
        path.unlink()
    project.rmdir()
    ran = rigs.linux_x64.run(out, cwd=out.parent)
    assert ran.stdout == f"{name} {name}.mjs\ndata\n3\n", ran.stderr


def test_fuse_text_in_the_project(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    (app / "main.js").write_text(
        f"const fuse = '{FUSE}:0';\nconsole.log(fuse.length, require('./data.json').fuse);\n"
    )
    (app / "data.json").write_text(f'{{"fuse": "{FUSE}:0"}}')
    out = tmp_path / "program"
    done = sealift(app, "-o", out, *options)
    assert done.code == 0, done.stderr
    ran = rigs.linux_x64.run(out)
    assert ran.stdout == f"{len(FUSE) + 2} {FUSE}:0\n", ran.stderr


@pytest.mark.parametrize(
    ("files", "arguments", "code", "named"),
    [
        ({}, ["."], USAGE, "package.json"),
        ({}, ["nothing.js"], USAGE, "nothing.js"),
        ({"package.json": "{"}, ["."], PROJECT, "package.json"),
        ({"package.json": '{"name": "x"}'}, ["."], USAGE, "package.json"),
        ({"package.json": '{"bin": "cli.js"}'}, ["."], USAGE, "cli.js"),
        ({"package.json": "[]"}, ["."], PROJECT, "package.json"),
        ({"a.js": ""}, ["a.js", "-t", "linux-win"], USAGE, "linux-win"),
        ({"a.js": ""}, ["a.js", "-t", "linus"], USAGE, "linux"),
        ({"a.js": ""}, ["a.js", "-t", "node24-plan9-x64"], USAGE, "plan9"),
        ({"a.js": ""}, ["a.js", "-o", "x", "--out-path", "y"], USAGE, "--out-path"),
        ({"a.js": ""}, ["a.js", "--node-binary", "linux-x64=gone"], NODE, "gone"),
        ({"a.js": "require('gone-package')"}, ["a.js", "-t", TARGET], PROJECT, "gone-package"),
        ({"a.js": "import './gone.js'"}, ["a.js", "-t", TARGET], PROJECT, "./gone.js"),
    ],
)
def test_bad_input(
    files: dict[str, str],
    arguments: list[str],
    code: int,
    named: str,
    binary_options: BinaryOptions,
    sealift: Sealift,
    tmp_path: Path,
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    given = binary_options(TARGET) if TARGET in arguments else []
    before = entries(tmp_path)
    said = refused(sealift(*arguments, *given, cwd=tmp_path), code)
    assert named in said
    assert entries(tmp_path) == before


def test_missing_module_can_be_allowed(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    (app / "main.js").write_text("console.log('first'); require('gone-package')\n")
    out = tmp_path / "program"
    done = sealift(app, "-o", out, "--allow-missing", *options)
    assert done.code == 0, done.stderr
    assert "gone-package" in done.stderr
    ran = rigs.linux_x64.run(out)
    assert ran.stdout == "first\n"
    assert ran.code == 1
    assert "Cannot find module 'gone-package'" in ran.stderr


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("truncated", "truncated"),
        ("foreign", "contains no fuse"),
        ("text", "ELF, 64-bit Mach-O or PE format"),
        ("other machine", "win-arm64"),
        ("used", "blob"),
    ],
)
def test_bad_node_binary(
    damage: str,
    reason: str,
    app: Path,
    options: list[str],
    sealift: Sealift,
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    node = tmp_path / "given-node"
    stock = node_binary("24", "linux", "x64")
    if damage == "truncated":
        with stock.open("rb") as source:
            node.write_bytes(source.read(stock.stat().st_size // 2))
    elif damage == "foreign":
        node.write_bytes(Path("/bin/true").read_bytes())
    elif damage == "text":
        node.write_text("#!/bin/sh\n")
    elif damage == "other machine":
        node = node_binary("24", "win", "arm64")
    else:
        assert sealift(app, "-o", node, *options).code == 0
    out = tmp_path / "program"
    done = sealift(app, "-t", TARGET, "--node-binary", f"{TARGET}={node}", "-o", out)
    said = refused(done, NODE)
    assert node.name in said
    assert reason in said
    assert not out.exists()


def test_symlink_loop_and_odd_files(
    app: Path, options: list[str], sealift: Sealift, tmp_path: Path
) -> None:
    (app / "main.js").write_text(
        "const fs = require('fs'); console.log(fs.readFileSync(__dirname + '/data/x', 'utf8'))\n"
    )
    data = app / "data"
    data.mkdir()
    (data / "x").write_text("content")
    (data / "loop").symlink_to("loop")
    (data / "up").symlink_to("..")
    os.mkfifo(data / "pipe")
    (app / "package.json").write_text(
        '{"name": "app", "main": "main.js", "pkg": {"assets": "data"}}'
    )
    out = tmp_path / "program"
    done = sealift(app, "-o", out, *options)
    assert "Traceback" not in done.stderr
    assert done.code == 0, done.stderr
    assert rigs.linux_x64.run(out).stdout == "content\n"
