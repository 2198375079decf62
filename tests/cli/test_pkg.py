"""``sealift pkg``: each option and each wording of npm's pkg.

Source of the expected values: ``lib/config.ts`` of @yao-pkg/pkg 6.21.0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rigs import host_target
from rigs.machine import complete
from sealift.cli.pkg import make_pkg_options, pkg_command
from sealift.cli.pkg_arguments import read_pkg_arguments
from sealift.options import BuildOptions, Compression, NodeOptions
from sealift.version import VERSION
from support.command_line import Sealift
from support.equipment import FindNode

LONG = "n" * 300
"""Longer than the name of a file may be."""


def options_of(*arguments: str) -> BuildOptions:
    return make_pkg_options(read_pkg_arguments(arguments))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", {}),
        ("-t linux", {"targets": ("linux",)}),
        ("-tlinux", {"targets": ("linux",)}),
        ("--target linux,win", {"targets": ("linux,win",)}),
        ("--target=-linux", {"targets": ("-linux",)}),
        ("--targets host", {"targets": ("host",)}),
        ("-t linux -t win", {"targets": ("win",)}),
        ("--targets=", {}),
        ("-o out", {"output": Path("out")}),
        ("--output out", {"output": Path("out")}),
        ("--output= --out-path dist", {"out_path": Path("dist")}),
        ("--out-path dist", {"out_path": Path("dist")}),
        ("--outdir dist", {"out_path": Path("dist")}),
        ("--out-dir dist", {"out_path": Path("dist")}),
        ("--out-dir a --outdir b --out-path c", {"out_path": Path("c")}),
        ("--out-path=", {"out_path": Path()}),
        ("-o out --out-path=", {"output": Path("out")}),
        ("-c x.json", {"config": Path("x.json")}),
        ("--config x.json", {"config": Path("x.json")}),
        ("--options expose-gc", {"exec_argv": ("expose-gc",)}),
        ("--options=", {"exec_argv": ("",)}),
        ("--public", {"public": True}),
        ("--no-public", {"public": False}),
        ("--public --no-public", {"public": False}),
        ("--no-public --public", {"public": True}),
        ("--public-packages a,b", {"public_packages": ("a,b",)}),
        ("--bytecode", {"no_bytecode": False}),
        ("--no-bytecode", {"no_bytecode": True}),
        ("--no-bytecode --bytecode", {"no_bytecode": False}),
        ("--deploy", {"deploy": True}),
        ("--fallback-to-source", {"fallback_to_source": True}),
        ("--no-fallback-to-source", {"fallback_to_source": False}),
        ("--sea", {"sea": True}),
        ("--no-sea", {"sea": False}),
        ("-b", {"node": NodeOptions(provider="build")}),
        ("--build", {"node": NodeOptions(provider="build")}),
        ("--build --no-build", {}),
        ("-d", {"debug": True}),
        ("-db", {"debug": True, "node": NodeOptions(provider="build")}),
        ("-dtlinux", {"debug": True, "targets": ("linux",)}),
        ("--debug --no-debug", {"debug": False}),
        ("--native-build", {}),
        ("--no-native-build", {}),
        ("--no-dict lodash,rc", {"no_dictionary": ("lodash,rc",)}),
        ("--no-dict=*", {"no_dictionary": ("*",)}),
        ("--signature", {}),
        ("--no-signature", {}),
        ("--inspect", {}),
        ("--no-inspect", {"no_inspect": True}),
        ("-C None", {"compress": Compression.NONE}),
        ("--compress none", {"compress": Compression.NONE}),
        ("-C gz", {"compress": Compression.GZIP}),
        ("--compress BROTLI", {"compress": Compression.BROTLI}),
        ("--compress=zstd", {"compress": Compression.ZSTD}),
    ],
)
def test_each_option(arguments: str, expected: dict[str, Any]) -> None:
    fixed: dict[str, Any] = {
        "allow_missing": True,
        "allow_missing_addons": True,
        "oldest_host_major": 20,
        "named_scripts": True,
    }
    wanted = BuildOptions(entry=Path("app.js"), **fixed, **expected)
    assert options_of(*arguments.split(), "app.js") == wanted
    assert options_of("app.js", *arguments.split()) == wanted


def test_an_argument_after_two_dashes_is_the_entry() -> None:
    assert options_of("-d", "--", "-app.js").entry == Path("-app.js")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Entry file/directory is expected"),
        ([""], "Entry file/directory is expected"),
        (["a.js", "b.js"], "Not more than one entry file/directory is expected"),
        (["app.js", "--target", "a", "--targets", "a"], "Specify either '--target' or '--targets'"),
        (["app.js", "--target=", "--targets="], "Specify either '--target' or '--targets'"),
        (["app.js", "-o", "x", "--out-dir", "y"], "Specify either 'output' or 'out-path'"),
        (["package.json", "-c", "x.json"], "Specify either 'package.json' or config. Not both"),
        ([".", "-c", "x.json"], "Specify either 'package.json' or config. Not both"),
        (["app.js", "-t"], "Option '-t, --target <value>' argument missing"),
        (["app.js", "-t", "-linux"], "Option '-t' argument is ambiguous"),
        (["--target", "--debug", "app.js"], "Option '--target' argument is ambiguous"),
        (["app.js", "--frob"], "Unknown option '--frob'."),
        (["app.js", "--no-frob"], "Unknown option '--no-frob'"),
        (["app.js", "--no-output"], "Unknown option '--no-output'"),
        (["app.js", "-x"], "Unknown option '-x'"),
        (["app.js", "--debug=1"], "Option '--debug' does not take an argument"),
        (["app.js", "-C", "lz4"], 'Invalid compression algorithm "lz4" (accepted: None/none'),
        (["app.js", "-C", ""], 'Invalid compression algorithm ""'),
        (["missing.js"], "does not exist"),
        ([".", "-t", "host"], "does not exist: package.json"),
        (["app.js", "-t", "linux-x6"], "Unknown token 'x6' in 'linux-x6'"),
        (["app.js", "-t", "bogus"], "Unknown token 'bogus' in 'bogus'"),
        (["app.js", "-t", "linux", "-c", "no"], "Config file does not exist"),
        (["app.js", "-t", "linux", "-o", "app.js"], "Refusing to overwrite input file"),
        ([LONG, "-c", "x.json"], "does not exist"),
        (["app.js", "-t", "linux", "-o", "."], "Refusing to overwrite non-file output"),
    ],
)
def test_each_error_ends_with_2_in_the_words_of_pkg(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.js").write_text("")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(pkg_command, arguments)
    assert done.exit_code == 2
    assert done.stderr == ""
    error = next(line for line in done.stdout.splitlines() if line.startswith("> Error! "))
    remedy = done.stdout.splitlines()[-1]
    assert text in f"{error} {remedy.strip()}"
    assert remedy.startswith("  ")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ([], 'pkg config: "pkg" must be an object'),
        ({"bytecode": "no"}, 'pkg config: "bytecode" must be a boolean'),
        ({"outputPath": 1}, 'pkg config: "outputPath" must be a string'),
        ({"publicPackages": 1}, 'pkg config: "publicPackages" must be a string or string[]'),
    ],
)
def test_settings_of_the_wrong_type(
    settings: object, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.js").write_text("")
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "pkg": settings}))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(pkg_command, ["app.js", "-t", "linux"])
    assert done.exit_code == 2
    assert f"> Error! {text}" in done.stdout


@pytest.mark.parametrize("bin_", [None, "missing.js"])
def test_a_package_without_a_script(
    bin_: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "bin": bin_}))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(pkg_command, ["."])
    assert done.exit_code == 2
    assert "> Error! Property 'bin' does not exist" in done.stdout
    assert "package.json" in done.stdout


def test_help_wins_over_version_and_both_need_no_entry() -> None:
    help_ = CliRunner().invoke(pkg_command, ["-v", "-h"])
    assert help_.exit_code == 0
    for word in ("--target", "--out-path", "--public-packages", "--no-dict", "--no-signature"):
        assert word in help_.stdout
    version = CliRunner().invoke(pkg_command, ["--version"])
    assert (version.exit_code, version.stdout) == (0, f"{VERSION}\n")


def test_a_directory_of_chdir_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHDIR", "no-such-directory")
    done = CliRunner().invoke(pkg_command, ["."])
    assert done.exit_code == 2
    assert "> Error! CHDIR names no-such-directory" in done.stdout


def test_what_pkg_warns_of_is_a_warning(
    sealift: Sealift, node_binary: FindNode, tmp_path: Path
) -> None:
    node = node_binary("24", *host_target())
    source = tmp_path / "source"
    (source / "node_modules" / "crusader").mkdir(parents=True)
    crusader = {"name": "crusader", "version": "1.0.0", "main": "gone.js"}
    (source / "node_modules" / "crusader" / "package.json").write_text(json.dumps(crusader))
    (source / "package.json").write_text(json.dumps({"pkg": {"asets": "a", "scripts": "*.css"}}))
    (source / "a.css").write_text("a {}")
    (source / "fake.node").write_text("module.exports = 'no native code';")
    (source / "app.js").write_text(
        "require.extensions['.node'] = require.extensions['.js'];\n"
        "console.log(require('./fake.node'));\n"
        "if (process.argv.length > 9) { require('./gone'); require('crusader'); }\n"
        "console.log('ran');\n"
    )
    done = sealift(
        *("pkg", "app.js", "-t", "node24", "-o", "app", "--no-dict", "*", "-d", "--no-signature"),
        cwd=tmp_path,
        env={"CHDIR": "source", "PKG_NODE_PATH": str(node)},
    )
    assert done.code == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("> pkg@6.21.0")
    warnings = [line for line in lines if line.startswith("> Warning ")]
    assert len([line for line in warnings if "Cannot find module './gone'" in line]) == 1
    assert "> Warning Non-javascript file is specified in 'scripts'. *.css: a.css" in lines
    crusaders = [line for line in warnings if "Entry 'main' not found" in line]
    assert len(crusaders) == 1
    assert "crusader/package.json" in crusaders[0]
    assert any(line.startswith("> --no-signature has no effect") for line in lines)
    addons = [line for line in warnings if "fake.node is not native code" in line]
    assert len(addons) == 1
    assert addons[0].startswith("> Warning source has no addon for ")
    unknown = lines.index('> Warning Unknown key "asets" in pkg config — ignoring.')
    assert lines[unknown + 1 : unknown + 3] == [
        "  package.json",
        "  Remove it, or rename it to pkg.assets.",
    ]
    suffix = ".exe" if host_target()[0] == "win" else ""
    (source / "fake.node").unlink()
    ran = complete([source / f"app{suffix}"], cwd=tmp_path, env={}, timeout=60)
    assert ran.stdout == "no native code\nran\n"


def test_a_configuration_in_typescript_with_every_hook(
    sealift: Sealift, node_binary: FindNode, tmp_path: Path
) -> None:
    node = node_binary("24", *host_target())
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"name": "app", "bin": "app.js"}))
    (project / "app.js").write_text("console.log('MARK', require('./made').made);")
    (project / "pkg.config.ts").write_text(
        "import { renameSync, writeFileSync } from 'node:fs';\n"
        "const output: string[] = [];\n"
        "export default {\n"
        "  preBuild: () => writeFileSync('made.js', 'exports.made = 1;'),\n"
        "  transform: (file: string, text: Buffer) =>\n"
        "    file.endsWith('app.js') ? String(text).replace('MARK', 'changed') : undefined,\n"
        "  postBuild(path: string) {\n"
        "    console.log('built', path);\n"
        "    if (process.env.FAIL) throw new Error('not signed');\n"
        "    if (process.env.MOVE) renameSync(path, process.env.MOVE);\n"
        "  },\n"
        "};\n"
    )
    arguments = ("pkg", ".", "-t", "node24", "-o", "app")
    environment = {"PKG_NODE_PATH": str(node)}
    done = sealift(*arguments, cwd=project, env=environment)
    assert done.code == 0, done.stdout + done.stderr
    output = project / f"app{'.exe' if host_target()[0] == 'win' else ''}"
    assert f"built {output}" in done.stdout.splitlines()
    assert complete([output], cwd=None, env={}, timeout=60).stdout == "changed 1\n"
    failed = sealift(*arguments, cwd=project, env=environment | {"FAIL": "1"})
    assert failed.code == 2
    assert "> Error! postBuild hook failed (pkg.config.ts:9): not signed." in failed.stdout
    assert complete([output], cwd=None, env={}, timeout=60).stdout == "changed 1\n"
    moved = sealift(*arguments, cwd=project, env=environment | {"MOVE": "elsewhere"})
    assert moved.code == 2
    lines = moved.stdout.splitlines()
    assert f"> Error! The postBuild hook has removed or moved the executable {output}." in lines
    assert not output.exists()
