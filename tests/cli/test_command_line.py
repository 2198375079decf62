"""The command line: its output, on which stream, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sealift.version import VERSION

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "SEALIFT_CACHE": str(tmp_path / "cache"), **env}
        return subprocess.run(
            [sys.executable, "-m", "sealift", *args],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


@pytest.fixture
def node(node_binary: Callable[[str, str, str], Path]) -> str:
    return f"--node-binary=linux-x64={node_binary('24.19.0', 'linux', 'x64')}"


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    entry = tmp_path / "hello.js"
    entry.write_text("console.log('hello');\n")
    return entry


def checked(text: str) -> dict[str, Any]:
    content = json.loads(text)
    jsonschema.validate(content, SCHEMA)
    assert isinstance(content, dict)
    return content


def test_help_shows_commands_and_examples(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("build", "targets", "why", "sealift . -t host"):
        assert word in done.stdout
    assert run("-h").stdout == done.stdout
    assert "--node-mirror" in run("build", "--help").stdout


def test_version_is_bare(run: Run) -> None:
    assert run("--version").stdout == f"{VERSION}\n"


def test_without_arguments_there_is_help(run: Run) -> None:
    done = run()
    assert done.returncode == 2
    assert "Usage: sealift" in done.stderr


@pytest.mark.parametrize("command", [[], ["build"]])
def test_building_is_the_default_command(
    run: Run, hello: Path, node: str, tmp_path: Path, command: list[str]
) -> None:
    done = run(*command, hello.name, "-t", "linux-x64", "-o", "out/app", node)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'out/app'}\n"  # quiet when piped: just the path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-t", "host"], "An entry file or directory is expected"),
        (["gone.js"], "gone.js"),
        (["hello.js", "-t", "linus"], "Did you mean 'linux'"),
        (["hello.js", "-t", "linux-win"], "two platforms"),
        (["hello.js", "-t", "win-s390x"], "Node does not exist for win-s390x"),
        (["hello.js", "--node-provider", "dir:gone"], "gone cannot be read"),
        (["hello.js", "-o", "a", "--out-path", "b"], "--output and --out-path"),
        (["hello.js", "-o", "hello.js", "-t", "linux-x64"], "is the entry point itself"),
        (["hello.js", "--node-binary", "nonsense"], "TARGET=PATH"),
        (["hello.js", "other.js"], "unexpected extra argument"),
        (["hello.js", "--frob"], "No such option"),
        (["hello.js", "--ofline"], "Write --offline if that is meant"),
        (["inspect", "--fils", "x"], "Write --files if that is meant"),
        (["hello.js", "-c", "gone.json"], "gone.json"),
    ],
)
def test_wrong_usage_is_one_message_with_exit_code_2(
    run: Run, hello: Path, arguments: list[str], message: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in hello.parent.iterdir() if path.name != "cache") == [
        "hello.js"
    ]


def test_usage_without_an_argument_names_the_help_of_its_command(run: Run) -> None:
    assert "`sealift build --help`" in run(".", "-o").stderr
    assert "`sealift inspect --help`" in run("inspect", "x", "--unpack").stderr


@pytest.mark.parametrize(("given", "meant"), [("buld", "build"), ("inspcet", "inspect")])
def test_a_misspelt_command_is_named(run: Run, tmp_path: Path, given: str, meant: str) -> None:
    done = run(given, "app")
    assert done.returncode == 2
    assert f"`sealift {meant}`" in done.stderr
    (tmp_path / given).mkdir()  # now it is a project directory
    assert f"`sealift {meant}`" not in run(given).stderr


def test_a_problem_is_printed_once(run: Run, hello: Path, node: str) -> None:
    hello.write_text("require('./absent-file');\n")
    done = run(hello.name, "-t", "linux-x64", "-o", "app", node)
    assert done.returncode == 3
    assert done.stderr.count("cannot be resolved") == 1
    assert "1 problem would make the executable fail at run time." in done.stderr


def test_the_report_of_a_build(run: Run, hello: Path, node: str, tmp_path: Path) -> None:
    done = run(hello.name, "-t", "linux-x64", "-o", "app", "--json", "report.json", node)
    assert done.returncode == 0, done.stderr
    report = checked((tmp_path / "report.json").read_text())
    executable = report["executables"][0]
    assert executable["target"] == "node24-linux-x64"
    assert executable["size"] == (tmp_path / "app").stat().st_size
    assert executable["node"]["version"] == "24.19.0"
    assert executable["project"]["entry"] == f"{tmp_path.name}/hello.js"


def test_the_report_on_standard_output_stands_alone(run: Run, hello: Path, node: str) -> None:
    done = run(hello.name, "-t", "linux-x64", "-o", "app", "--json", "-", node)
    assert checked(done.stdout)["ok"] is True


def test_a_report_that_cannot_be_written_is_an_error_at_once(
    run: Run, hello: Path, node: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    done = run(hello.name, "-t", "linux-x64", "-o", "app", "--json", "folder", node)
    assert done.returncode == 5
    assert "folder" in done.stderr and "--json" in done.stderr
    assert not (tmp_path / "app").exists()


def test_the_report_may_be_beside_the_executables(
    run: Run, hello: Path, node: str, tmp_path: Path
) -> None:
    done = run(hello.name, "-t", "linux-x64", "-o", "new/app", "--json", "new/report.json", node)
    assert done.returncode == 0, done.stderr
    assert checked((tmp_path / "new" / "report.json").read_text())["ok"] is True


def test_a_failed_build_has_a_report_too(run: Run, node: str, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("1;\nrequire('not-installed');\nrequire('./gone');\n")
    done = run("app.js", "-t", "linux-x64", "--json", "report.json", "--offline", node)
    assert done.returncode == 3
    report = checked((tmp_path / "report.json").read_text())
    assert report["ok"] is False
    assert report["error"]["exitCode"] == 3
    lines = {finding["line"]: finding["message"] for finding in report["findings"]}
    assert "not-installed" in lines[2]
    assert "./gone" in lines[3]
    for text in ("app.js:2:", "app.js:3:", "npm install", "--allow-missing"):
        assert text in done.stderr


def test_what_is_missing_can_be_allowed(run: Run, tmp_path: Path, node: str) -> None:
    (tmp_path / "app.js").write_text("require('not-installed');\n")
    done = run("app.js", "-t", "linux-x64", "-o", "app", "--allow-missing", node)
    assert done.returncode == 0
    assert "warning" in done.stderr
    assert "not-installed" in done.stderr
    assert run("app.js", "-t", "linux-x64", "-o", "app", "--allow-missing", "-q", node).stderr == ""


def test_all_executables_or_none(
    run: Run, hello: Path, tmp_path: Path, node_binary: Callable[[str, str, str], Path]
) -> None:
    (tmp_path / "out" / "hello-node24").mkdir(parents=True)
    (tmp_path / "out" / "hello-node22").write_text("the last good one")
    binaries = [
        f"--node-binary=node{version[:2]}-linux-x64={node_binary(version, 'linux', 'x64')}"
        for version in ("22.20.0", "24.19.0")
    ]
    targets = "node22-linux-x64,node24-linux-x64"
    done = run(hello.name, "-t", targets, "--out-path", "out", *binaries)
    assert done.returncode == 5
    assert "is a directory" in done.stderr
    assert (tmp_path / "out" / "hello-node22").read_text() == "the last good one"
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_node_options_are_baked_in(run: Run, tmp_path: Path, node: str) -> None:
    (tmp_path / "package.json").write_text('{"name": "p", "pkg": {"options": ["expose-gc"]}}')
    (tmp_path / "app.js").write_text("console.log(typeof gc, process.execArgv.length);\n")
    for options, expected in (
        ([], "function 1"),
        (["--options", "--expose-gc,stack-size=2000"], "function 2"),
        (["--options", "stack-size=2000"], "undefined 1"),
    ):
        done = run("app.js", "-t", "linux-x64", "-o", "app", *options, node)
        assert done.returncode == 0, done.stderr
        shown = subprocess.run([tmp_path / "app"], capture_output=True, text=True, check=True)
        assert shown.stdout == f"{expected}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="missing: pseudo-terminals")
def test_colour_is_for_terminals(run: Run, tmp_path: Path) -> None:
    assert "\x1b" not in run("gone.js").stderr
    controller, terminal = os.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "sealift", "gone.js"],
        cwd=tmp_path,
        env={**plain, "TERM": "xterm", "SEALIFT_CACHE": str(tmp_path / "cache")},
        stderr=terminal,
        check=False,
    )
    os.close(terminal)
    said = os.read(controller, 1 << 16)
    os.close(controller)
    assert b"\x1b[" in said
    assert b"gone.js" in said


def test_why(run: Run, tmp_path: Path) -> None:
    project = tmp_path / "proj"
    (project / "lib").mkdir(parents=True)
    (project / "index.js").write_text("\nrequire('./lib/a');\n")
    (project / "lib" / "a.js").write_text("require('./b.json');\n")
    (project / "lib" / "b.json").write_text("{}\n")
    done = run("why", "b.json", "proj/index.js")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line, words in zip(lines, (["index.js"], ["a.js", "2"], ["b.json", "1"]), strict=True):
        assert all(word in line for word in words), line
    assert run("why", "nothing-like-it", "proj/index.js").returncode == 2


def test_targets_offline_lists_what_is_cached(run: Run) -> None:
    done = run("targets", "--offline")
    assert done.returncode == 0, done.stderr
    for name in ("linux-x64", "macos-arm64", "win-x64"):
        assert name in done.stdout
    listed = [line.split() for line in done.stdout.splitlines()]
    ways = ["-", "bring", "or", "compile", "one"]
    for machine in ("freebsd-x64", "linux-armv6", "linuxstatic-armv7", "linux-s390x"):
        assert [machine, *ways] in listed
    for way in ("--node-binary TARGET=PATH", "--node-provider dir:FOLDER", "--compile-node"):
        assert way in done.stderr


def test_the_library_says_nothing(hello: Path, node: str, tmp_path: Path) -> None:
    program = (
        "import sys, sealift; from pathlib import Path;"
        "result = sealift.build(sealift.BuildOptions(entry=Path('hello.js'),"
        " targets=('linux-x64',), output=Path('app'),"
        " node=sealift.NodeOptions(cache=Path('cache'),"
        f" binaries={{'linux-x64': Path({node.rpartition('=')[2]!r})}})));"
        "sys.exit(0 if result.executables[0].path.exists() else 1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
