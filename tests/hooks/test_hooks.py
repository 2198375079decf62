"""preBuild, postBuild and log: called as pkg calls them; a failure is one sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import ProjectError
from sealift.hooks import HookRunner, Limits
from sealift.host import host_machine
from sealift.options import BuildOptions
from sealift.project import Manifest, open_manifest
from sealift.target import parse_targets
from sealift.target_build import TargetBuild
from sealift.tools import children
from support.command_line import build_environment, command_line
from support.hook_runners import MakeRunner
from support.observers import Recorder
from support.other_programs import ends

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are for sh")


def opened(runner: HookRunner, config: str = "", **settings: Any) -> Manifest:
    Path("a.js").write_text("")
    Path("package.json").write_text(json.dumps({"bin": "a.js", "pkg": settings}))
    if config:
        Path("pkg.config.js").write_text(config)
        Path("package.json").write_text(json.dumps({"bin": "a.js"}))
    return open_manifest(BuildOptions(Path()), runner.load)


def written(*names: str) -> tuple[TargetBuild, ...]:
    targets = parse_targets(
        ["node24-linux-x64", "node24-linux-arm64"][: len(names)], host_machine()
    )
    outputs = [Path(name).absolute() for name in names]
    for output in outputs:
        output.write_text("an executable")
    return tuple(TargetBuild(*pair) for pair in zip(targets, outputs, strict=True))


def test_commands_run_in_the_working_directory(
    make_runner: MakeRunner, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEN", "kept")
    with make_runner() as runner:
        pre = "pwd; echo $GIVEN; echo [$PKG_OUTPUT]; echo to stderr >&2"
        manifest = opened(runner, preBuild=pre, postBuild="echo out: $PKG_OUTPUT")
        runner.before_build(manifest)
        here = str(Path.cwd())
        assert observer.lines == [here, "kept", "[]", "to stderr"]
        observer.lines.clear()
        runner.after_build(written("one", "two"), manifest)
        assert observer.lines == [f"out: {here}/one", f"out: {here}/two"]


def test_functions_run_once_per_executable_and_are_awaited(
    make_runner: MakeRunner, observer: Recorder
) -> None:
    config = """
    const wait = () => new Promise((resolve) => setTimeout(resolve, 20));
    module.exports = {
      preBuild: async (...given) => { await wait(); console.log('pre', given.length); },
      postBuild: async (output) => { await wait(); console.log('post', output); },
      log: (log, { packagePath }) => log.warn('careful', ['more', packagePath]),
    };
    """
    with make_runner() as runner:
        manifest = opened(runner, config)
        runner.before_build(manifest)
        runner.after_build(written("one", "two"), manifest)
    here = str(Path.cwd())
    assert observer.lines == [
        *("pre 0", "> Warning careful", "  more", f"  {manifest.root}"),
        *(f"post {here}/one", f"post {here}/two"),
    ]


@pytest.mark.parametrize(
    "hook", ['rm "$PKG_OUTPUT"', 'mv "$PKG_OUTPUT" elsewhere', 'rm -f one "$PKG_OUTPUT"']
)
def test_an_executable_that_a_hook_removes(make_runner: MakeRunner, hook: str) -> None:
    with make_runner() as runner:
        manifest = opened(runner, postBuild=hook)
        with pytest.raises(ProjectError) as caught:
            runner.after_build(written("one", "two"), manifest)
    assert caught.value.code == "hook-removed-output"
    assert caught.value.message.endswith(f"the executable {Path('one').absolute()}.")


def test_an_executable_that_the_hook_of_another_removes(make_runner: MakeRunner) -> None:
    with make_runner() as runner:
        manifest = opened(runner, postBuild="rm -f two")
        with pytest.raises(ProjectError) as caught:
            runner.after_build(written("one", "two"), manifest)
    assert caught.value.message.endswith(f"the executable {Path('two').absolute()}.")


def test_what_a_function_does_not_wait_for_is_finished(make_runner: MakeRunner) -> None:
    config = (
        "const fs = require('fs');"
        "exports.preBuild = () => { setTimeout(() => fs.writeFileSync('late', ''), 50); };"
    )
    with make_runner() as runner:
        runner.before_build(opened(runner, config))
    assert Path("late").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preBuild": "exit 3"}, "preBuild hook failed (exit code 3): exit 3."),
        ({"preBuild": "kill -9 $$"}, "preBuild hook failed (signal 9): kill -9 $$."),
        ({"preBuild": "no-such-tool-x"}, "preBuild hook failed (exit code 127): no-such-tool-x."),
        (
            {"preBuild": "exec sleep 60"},
            "preBuild hook failed (it took more than 0.5 seconds): exec sleep 60.",
        ),
        ({"preBuild": "exec yes"}, "preBuild hook failed (it printed more than 1 MiB): exec yes."),
    ],
)
def test_commands_that_fail(
    make_runner: MakeRunner, settings: dict[str, str], message: str
) -> None:
    seconds = 0.5 if "sleep" in settings["preBuild"] else 60
    with make_runner(Limits(hook_seconds=seconds, hook_output=1 << 20)) as runner:
        manifest = opened(runner, **settings)
        with pytest.raises(ProjectError) as caught:
            runner.before_build(manifest)
    assert (caught.value.code, caught.value.message) == ("hook-failed", message)


@pytest.mark.parametrize("limits", [{"hook_seconds": 0.5}, {"hook_output": 1 << 20}])
def test_programs_that_print_for_ever_end_with_a_command(
    make_runner: MakeRunner, limits: dict[str, float]
) -> None:
    with make_runner(Limits(**limits)) as runner:  # type: ignore[arg-type]
        manifest = opened(runner, preBuild="yes started-by-hook; true")
        with pytest.raises(ProjectError):
            runner.before_build(manifest)
    assert ends("started-by-hook")


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in CI: on a terminal, hooks stay in the group of the terminal."""
    monkeypatch.setattr(children, "_TERMINAL", Path("no-such-terminal"))


def test_what_a_killed_command_has_started_ends_with_it(
    make_runner: MakeRunner, no_terminal: None
) -> None:
    with make_runner(Limits(hook_seconds=0.5)) as runner:
        manifest = opened(runner, preBuild="sh -c '(sleep 98761 &); sleep 98762'; true")
        with pytest.raises(ProjectError, match=r"more than 0\.5 seconds"):
            runner.before_build(manifest)
    assert ends("98761")
    assert ends("98762")


def test_what_a_killed_function_has_started_ends_with_it(
    make_runner: MakeRunner, no_terminal: None
) -> None:
    function = "() => { require('child_process').execSync('(sleep 98763 &); sleep 98764'); }"
    with make_runner(Limits(hook_seconds=0.5)) as runner:
        manifest = opened(runner, f"exports.preBuild = {function}")
        with pytest.raises(ProjectError, match=r"more than 0\.5 seconds"):
            runner.before_build(manifest)
    assert ends("98763")
    assert ends("98764")


def test_what_a_command_leaves_in_the_background_may_stay(
    make_runner: MakeRunner, no_terminal: None
) -> None:
    """A server that later builds use again, for example."""
    with make_runner() as runner:
        runner.before_build(opened(runner, preBuild="sleep 98765 >/dev/null 2>&1 & echo $! > pid"))
    os.kill(int(Path("pid").read_text()), signal.SIGKILL)


def test_an_interrupted_build_ends_what_its_hook_has_started(
    tmp_path: Path, equipment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.js").write_text("")
    hook = "(sleep 98766 &) ; echo started; sleep 98767"
    Path("package.json").write_text(json.dumps({"bin": "a.js", "pkg": {"preBuild": hook}}))
    with subprocess.Popen(
        command_line(".", "-t", "node24-linux-x64"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=build_environment(),
        start_new_session=True,  # no terminal controls it, as in CI
    ) as build:
        assert build.stdout is not None
        assert any(b"started" in line for line in build.stdout)
        build.terminate()
        assert build.wait(30) == 128 + signal.SIGTERM
    assert ends("98766")
    assert ends("98767")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("() => { throw new RangeError('bad') }", "(pkg.config.js:1): RangeError: bad"),
        ("async () => { throw new Error('bad') }", "(pkg.config.js:1): bad"),
        ("() => Promise.reject('a text')", "(it threw): 'a text'"),
        ("() => process.exit(7)", "(it ended with exit code 7): the function in pkg.config.js"),
        ("() => { for (;;); }", "(it took more than 0.5 seconds): the function in"),
        ("() => new Promise(() => {})", "(it took more than 0.5 seconds): the function in"),
        (
            "() => { for (;;) console.log('a'.repeat(9999)) }",
            "(it printed more than 1 MiB): the function",
        ),
    ],
)
def test_functions_that_fail(make_runner: MakeRunner, function: str, message: str) -> None:
    with make_runner(Limits(hook_seconds=0.5, hook_output=1 << 20)) as runner:
        manifest = opened(runner, f"exports.preBuild = {function}")
        with pytest.raises(ProjectError) as caught:
            runner.before_build(manifest)
    assert caught.value.code == "hook-failed"
    assert caught.value.message.startswith(f"preBuild hook failed {message}")
