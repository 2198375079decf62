"""The closing lines of commands say what to do next, on a terminal alone."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import sealift
from rigs.machine import host_target
from sealift import Arch, BuildResult, Executable, MadePackage, NodeFacts, Platform
from sealift.cli.next_steps import after_build
from sealift.deployment import DeployFile
from support.command_line import build_environment, command_line

posix = pytest.mark.skipif(sys.platform == "win32", reason="missing: pseudo-terminals")

Options = Callable[..., list[str]]


def on_terminal(arguments: Sequence[str], directory: Path, columns: int = 200) -> list[str]:
    """Return the lines that a command leaves on a terminal."""
    from support.terminal_picture import shown

    environment = build_environment({"COLUMNS": str(columns), "TERM": "xterm"})
    return shown(command_line(*arguments), directory, environment).splitlines()


@posix
def test_what_a_build_names_runs(tmp_path: Path, binary_options: Options) -> None:
    target = "-".join(("node24", *host_target()))
    (tmp_path / "app.js").write_text("console.log('it runs', process.argv[2])")
    arguments = ("app.js", "-t", target, "-o", "out dir/app", *binary_options(target))
    last = on_terminal(arguments, tmp_path)[-1]
    command = shlex.split(last.removeprefix("Try it: "))
    (tmp_path / "app.js").unlink()
    ran = subprocess.run([*command, "now"], cwd=tmp_path, capture_output=True, check=True)
    assert ran.stdout == b"it runs now\n"


def next_lines(
    *targets: str, signed: bool = False, deploys: bool = False, universal: bool = False
) -> list[str]:
    executables = tuple(an_executable(target, signed, deploys) for target in targets)
    names = tuple(one.target for one in executables)
    made = MadePackage("universal", Path("all"), 1, "", names)
    return list(after_build(BuildResult(executables, (), 1.0, (made,) if universal else ())))


def an_executable(target: str, signed: bool, deploys: bool) -> Executable:
    name, arch = target.split("-")
    platform, machine = Platform(name), Arch(arch)
    facts = NodeFacts("elf", arch, "linux", "24.19.0", "", 0, False, False, True, True, False)
    node = sealift.NodeBinary(
        sealift.NodeVersion(24, 19, 0),
        platform.node_platform,
        machine,
        Path(),
        1,
        "",
        "",
        "",
        facts,
    )
    beside = (DeployFile(Path("a"), "a", "a@1.0.0", is_trusted=True),) if deploys else ()
    project = sealift.Project("app", "1.0.0", Path("/"), "app/a.js", (), deploy_files=beside)
    counts = sealift.ScriptCounts(1, 0, 0)
    return Executable(
        *(f"node24-{target}", Path(target), 1, "", node, project, 1, counts, 0.1), is_signed=signed
    )


@pytest.fixture
def on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealift.host.host_machine", lambda: (Platform.LINUX, Arch.X64))


@pytest.mark.usefixtures("on_linux")
@pytest.mark.parametrize(
    ("targets", "tried"),
    [
        (["win-x64", "linux-x64"], "linux-x64"),
        (["linux-arm64", "alpine-x64"], "alpine-x64"),
        (["linuxstatic-x64"], "linuxstatic-x64"),
        (["linux-arm64", "linuxstatic-arm64", "freebsd-x64"], ""),
    ],
)
def test_what_runs_here_is_named(targets: list[str], tried: str) -> None:
    lines = [line for line in next_lines(*targets) if line.startswith("Try it: ")]
    assert lines == ([f"Try it: .{os.sep}{tried}"] if tried else [])


def test_musl_does_not_run_what_needs_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealift.host.host_machine", lambda: (Platform.ALPINE, Arch.X64))
    assert next_lines("linux-x64") == [
        "For other machines: copy the file as it is, and try it there."
    ]
    assert len(next_lines("alpine-x64")) == 1


@pytest.mark.usefixtures("on_linux")
def test_two_lines_are_enough() -> None:
    every = [f"{platform}-arm64" for platform in Platform]
    assert len(next_lines("linux-x64", *every, deploys=True)) == 2


@pytest.mark.usefixtures("on_linux")
def test_files_beside_the_executable_go_with_it() -> None:
    (line,) = next_lines("linux-arm64", deploys=True)
    assert "with what pkg.deployFiles lists" in line
    assert "as it is" not in line


@pytest.mark.usefixtures("on_linux")
def test_downloads_without_a_signature() -> None:
    assert "sign" not in "".join(next_lines("linux-arm64", "linux-x64"))
    (both,) = next_lines("macos-arm64", "win-x64")
    assert "macOS and Windows warn" in both
    (one,) = next_lines("win-x64", "linux-arm64")
    assert "Windows warns" in one
    assert "macOS" not in one
    assert "sign" not in "".join(next_lines("win-x64", signed=True))


@pytest.mark.usefixtures("on_linux")
def test_what_is_signed_for_macos_can_be_notarised() -> None:
    assert next_lines("macos-arm64", signed=True)[0].endswith("sealift notarize macos-arm64")
    pair = next_lines("macos-x64", "macos-arm64", signed=True, universal=True)
    assert pair[0].endswith("sealift notarize all")


@posix
@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["init", "--dry-run"], "without --dry-run"),
        (["doctor"], "sealift init ."),
        (["doctor", "--report"], "into your report"),
    ],
)
def test_commands_say_what_is_next_on_a_terminal_alone(
    tmp_path: Path, arguments: list[str], advice: str
) -> None:
    (tmp_path / "package.json").write_text('{"name": "p", "bin": "app.js"}')
    (tmp_path / "app.js").write_text("")
    assert advice in on_terminal(arguments, tmp_path)[-1]
    read = subprocess.run(
        command_line(*arguments),
        cwd=tmp_path,
        env=build_environment(),
        capture_output=True,
        check=True,
    )
    assert advice not in read.stdout.decode()
