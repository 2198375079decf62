"""Input that no command can use is one message with an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import jsonschema
import pytest

import sealift
from sealift import BuildOptions, BuildResult, NodeFacts, NodeOptions, UsageError
from sealift.cli.console import print_result
from sealift.cli.progress import observing
from sealift.cli.streams import visible
from sealift.errors import SealiftError
from sealift.plan import make_plan
from sealift.report import as_json, failure_report, report_schema

Run = Callable[..., subprocess.CompletedProcess[bytes]]

posix = pytest.mark.skipif(os.name == "nt", reason="missing: POSIX paths and devices")
linux = pytest.mark.skipif(sys.platform != "linux", reason="missing: /dev/full")

NO_RELEASE = ("-t", "linux-x64", "--offline")
"""A build with these ends early, with exit code 4: the cache of the tests is empty."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "hello.js").write_text("console.log('hello');\n")

    def call(*arguments: str | bytes, shell: str = "") -> subprocess.CompletedProcess[bytes]:
        command: Sequence[str | bytes] = [sys.executable, "-m", "sealift", *arguments]
        if shell:
            command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
        return subprocess.run(
            command,
            cwd=tmp_path / "work",
            env={**os.environ, "SEALIFT_CACHE": str(tmp_path / "cache"), "NO_COLOR": "1"},
            capture_output=True,
            check=False,
            timeout=60,
        )

    return call


def refuse(done: subprocess.CompletedProcess[bytes], code: int, *words: str) -> None:
    """Assert that a command ended with one message."""
    text = done.stderr.decode("utf-8", "surrogateescape")
    assert done.returncode == code, text
    assert "Traceback" not in text and "Exception ignored" not in text
    assert sum(line.startswith("error: ") for line in text.splitlines()) == 1, text
    assert all(word in text for word in words), text
    fact, remedy = text.strip().splitlines()[-2:]
    assert fact.startswith("error: ") and remedy.startswith("  "), text


@pytest.mark.parametrize("output", ["/", ".", "..", "folder", "a/.."])
def test_an_output_that_is_a_directory(run: Run, tmp_path: Path, output: str) -> None:
    (tmp_path / "work" / "folder").mkdir()
    refuse(run("hello.js", "-o", output, *NO_RELEASE), 5, "is a directory", "--out-path")


@pytest.mark.parametrize(
    "arguments",
    [
        ("",),
        ("hello.js", "-o", ""),
        ("hello.js", "--out-path", ""),
        ("hello.js", "-t", ""),
        ("hello.js", "--json", ""),
        ("hello.js", "-c", ""),
        ("hello.js", "--cache", ""),
        ("hello.js", "--node-binary", ""),
    ],
)
def test_an_empty_argument(run: Run, arguments: tuple[str, ...]) -> None:
    refuse(run(*arguments, *NO_RELEASE), 2)


@posix
@pytest.mark.parametrize("arguments", [("hello.js", "-t", "host"), ("why", "hello.js")])
def test_a_working_directory_that_was_removed(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-m", "sealift", *arguments],
        cwd=tmp_path / "work",
        capture_output=True,
        check=False,
        timeout=60,
    )
    refuse(done, 2, "current directory")


PRINTING = [("--help",), ("build", "--help"), ("--version",), ("cache", "list")]


@linux
@pytest.mark.parametrize("arguments", PRINTING)
def test_standard_output_on_a_full_disk(run: Run, arguments: tuple[str, ...]) -> None:
    refuse(run(*arguments, shell=">/dev/full"), 5, "Standard output", "No space left")


@posix
@pytest.mark.parametrize("arguments", PRINTING)
def test_standard_output_that_is_closed(run: Run, arguments: tuple[str, ...]) -> None:
    refuse(run(*arguments, shell=">&-"), 5, "Standard output")


@linux
@pytest.mark.parametrize("place", [">/dev/full", ">&-"])
def test_a_report_on_standard_output_that_fails_does_not_hide_the_error_of_the_build(
    run: Run, place: str
) -> None:
    done = run("hello.js", "--json", "-", *NO_RELEASE, shell=place)
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr
    assert b"Standard output cannot be written" in done.stderr
    assert b"does not contain Node" in done.stderr


@linux
def test_a_report_file_that_fails_does_not_hide_the_error_of_the_build(run: Run) -> None:
    done = run("hello.js", "--json", "/dev/full", *NO_RELEASE)
    assert done.returncode == 4
    assert b"The report cannot be written to /dev/full" in done.stderr
    assert b"does not contain Node" in done.stderr


@linux
@pytest.mark.parametrize("place", ["2>/dev/full", "2>&-"])
def test_standard_error_that_fails_does_not_change_the_exit_code(run: Run, place: str) -> None:
    assert run("gone.js", shell=place).returncode == 2
    assert run("--bad-option", shell=place).returncode == 2


@linux
@pytest.mark.parametrize("place", [">/dev/full", ">&-"])
def test_a_build_whose_paths_cannot_be_printed(
    run: Run, tmp_path: Path, node_binary: Callable[[str, str, str], Path], place: str
) -> None:
    node = f"--node-binary=linux-x64={node_binary('24.19.0', 'linux', 'x64')}"
    arguments = ("hello.js", "-t", "linux-x64", "--sea", "-o", "app", node)
    refuse(run(*arguments, shell=place), 5, "Standard output")
    assert (tmp_path / "work" / "app").exists()
    assert run(*arguments, "--quiet", shell=place).returncode == 0


@posix
@pytest.mark.parametrize(
    ("option", "text"),
    [("-t", b"\xff"), ("-o", b"\xed\xa0\x80"), ("--options", b"a\xc3"), ("--bin", b"\xff")],
)
def test_an_argument_that_is_not_utf_8(run: Run, option: str, text: bytes) -> None:
    refuse(run("hello.js", *NO_RELEASE, option, text), 2, "bytes that are not UTF-8", "\\udc")


@posix
def test_an_entry_that_is_not_utf_8(run: Run) -> None:
    refuse(run(b"\xff.js", *NO_RELEASE), 2, "\\udcff.js")


@posix
def test_a_report_of_names_that_are_not_utf_8(run: Run) -> None:
    done = run(b"\xff.js", "--json", "-", *NO_RELEASE)
    report = json.loads(done.stdout)
    jsonschema.validate(report, report_schema())
    assert "udcff.js" in report["error"]["message"]


NUL = "a\0b"


@pytest.mark.parametrize(
    "options",
    [
        {"entry": Path(NUL)},
        {"targets": ("linux", NUL)},
        {"output": Path(NUL)},
        {"out_path": Path(NUL)},
        {"config": Path(NUL)},
        {"bin_name": NUL},
        {"exec_argv": (NUL,)},
        {"public_packages": (NUL,)},
        {"exec_argv": ("\ud800",)},
        {"targets": ("\ud800",)},
        {"report": Path(NUL)},
    ],
)
def test_the_library_refuses_text_that_no_system_can_use(options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as error:
        BuildOptions(**{"entry": Path("hello.js"), **options})  # type: ignore[arg-type]
    assert error.value.code == "argument-malformed"


@pytest.mark.parametrize(
    "options",
    [{"cache": Path(NUL)}, {"binaries": {NUL: Path("node")}}, {"binaries": {"linux": Path(NUL)}}],
)
def test_node_options_refuse_text_that_no_system_can_use(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        NodeOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["..", "a\\u0000b", "\\ud800"])
def test_a_project_whose_name_cannot_be_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "package.json").write_text(f'{{"name": "{name}", "bin": "a.js"}}')
    (tmp_path / "a.js").write_text("1;")
    with pytest.raises(SealiftError):
        make_plan(BuildOptions(entry=tmp_path, targets=("linux-x64",), out_path=tmp_path))


@pytest.mark.parametrize("name", ["hello.js", "package.json", "notes.txt"])
def test_a_report_never_replaces_a_file_that_is_not_a_report(
    run: Run, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "work" / name
    if not path.exists():
        path.write_text('{"name": "app"}')
    before = path.read_bytes()
    refuse(run("hello.js", "--json", name, *NO_RELEASE), 2, name, "not a report")
    assert path.read_bytes() == before


def test_a_report_may_replace_a_report_and_an_empty_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "work" / "report.json"
    path.touch()
    for _ in range(2):
        assert run("hello.js", "--json", path.name, *NO_RELEASE).returncode == 4
        assert json.loads(path.read_text())["ok"] is False


@pytest.mark.parametrize("report", ["app", "./app", "../work/app"])
def test_a_report_must_not_be_an_output(run: Run, tmp_path: Path, report: str) -> None:
    arguments = ("hello.js", "-o", "app", "--json", report, *NO_RELEASE)
    for _ in range(2):
        refuse(run(*arguments), 2, "the report are the same file")
    refuse(run(*arguments, "--bin", "gone"), 2)
    assert not (tmp_path / "work" / "app").exists()


def test_the_report_of_a_failure_does_not_replace_an_empty_source(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work" / "empty.js").touch()
    done = run("hello.js", "--json", "empty.js", *NO_RELEASE)
    assert done.returncode == 4
    assert b"is not a report" in done.stderr
    assert (tmp_path / "work" / "empty.js").read_bytes() == b""


# Root may read everything, so it becomes another user, once all modules are imported.
AS_ANOTHER_USER = """
import os, sys
from sealift import addons, assemble, distribution, documents, hooks, lock, musl, nodes, packing
from sealift import plan, project, typescript
from sealift.cli import main
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
main(sys.argv[1:])
"""


@posix
@pytest.mark.parametrize("mode", [0o000, 0o222])
def test_an_entry_that_cannot_be_read(mode: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        entry = Path(name) / "app.js"
        entry.write_text("1;")
        entry.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", AS_ANOTHER_USER, entry, *NO_RELEASE],
            capture_output=True,
            check=False,
            timeout=60,
        )
    refuse(done, 2, "app.js", "ermission")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb\x07", "a\\x1b[31mb\\x07"),
        ("a\nerror: forged", "a\\nerror: forged"),
        ("a\x9b31m\x7f", "a\\x9b31m\\x7f"),
        ("txt\u202egpj.exe", "txt\\u202egpj.exe"),
        ("\udcff", "\\udcff"),
        ("Bäume 木 🌲 a\\nb", "Bäume 木 🌲 a\\nb"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@posix
@pytest.mark.parametrize(
    "arguments", [("{}",), ("why", "{}", "hello.js"), ("hello.js", "-t", "{}")]
)
def test_names_cannot_control_the_terminal(run: Run, arguments: tuple[str, ...]) -> None:
    name = "a\x1b[2J\nerror: forged"
    done = run(*(argument.format(name) for argument in arguments))
    refuse(done, 2)
    assert b"\x1b" not in done.stderr and b"\\x1b[2J" in done.stderr


def test_a_narrow_encoding_does_not_matter(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "iso8859-1")
    (tmp_path / "work" / "木.js").write_text("1;")
    done = run("why", "木.js", "木.js")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u6728.js" in done.stdout
    refuse(run("gone-木.js", *NO_RELEASE), 2, "\\u6728")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_path_with_markup_is_printed_unchanged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("COLUMNS", "200")
    print_result(BuildResult((an_executable("/tmp/[red]x[/blue]"),), (), 1.0))
    assert "/tmp/[red]x[/blue]" in capsys.readouterr().out


def an_executable(path: str) -> sealift.Executable:
    facts = NodeFacts(
        "elf", "x64", "linux", "24.19.0", "13.6.1", 0, False, False, True, True, False
    )
    node = sealift.NodeBinary(
        sealift.NodeVersion(24, 19, 0),
        sealift.Platform.LINUX,
        sealift.Arch.X64,
        Path("node"),
        *(1, "0" * 64, "pypi", "wheel"),
        facts,
    )
    project = sealift.Project("app", "1.0.0", Path("/"), "app/a.js", ())
    counts = sealift.ScriptCounts(1, 0, 0)
    target = "node24-linux-x64"
    return sealift.Executable(target, Path(path), 1, "0" * 64, node, project, 1, counts, 0.1)


def test_progress_shows_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    with observing(quiet=False, at_length=True) as observer:
        observer.stage("fetching a\x1b[2J")
    assert capsys.readouterr().err == "fetching a\\x1b[2J\n"


def test_an_error_with_a_name_that_is_not_utf_8_can_be_reported() -> None:
    error = UsageError("some-code", "The name \udcff is wrong.", "Rename it.")
    report = json.loads(as_json(failure_report(error, ())))
    assert report["error"]["message"] == error.message
    assert sealift.UsageError is UsageError
