"""Projects with faults: each is reported, nothing hangs, and there is no traceback."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import NodeError, ProjectError
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import JavaScript, open_manifest, read_project
from sealift.project.references import SourceReferences
from sealift.project.source_files import SourceFiles
from support.project_trees import answers, plant, summary


@pytest.fixture(autouse=True)
def in_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(tree: str = "", entry: str = "proj/index.js") -> Project:
    plant(tree, Path())
    options = BuildOptions(Path(entry))
    return read_project(open_manifest(options), options, SilentObserver())


def locations(project: Project) -> list[str]:
    return [file.location for file in project.files]


WHOLE = '== proj/package.json\n{"name": "proj"}\n== proj/index.js\nrequire(process.argv[2]);\n'


def test_a_loop_of_links_that_is_required() -> None:
    project = read(
        "== proj/index.js\nrequire('./a');\n== proj/a.js -> b.js\n== proj/b.js -> a.js\n"
    )
    assert summary(project)[1:] == ["error unresolved-specifier proj/index.js:1"]


def test_links_in_a_project_that_is_included_completely() -> None:
    tree = WHOLE + (
        "== proj/loop -> loop\n== proj/up -> ..\n== proj/self -> .\n== proj/gone -> nowhere\n"
        "== proj/data/x.txt\n== proj/alias -> data\n== proj/file -> data/x.txt\n"
        "== outside/y.txt\n== proj/out -> ../outside\n"
    )
    project = read(tree)
    assert locations(project) == ["proj/data/x.txt", "proj/index.js", "proj/package.json"]
    links = {link.location: link.target for link in project.symlinks}
    assert links == {"proj/alias": "data", "proj/file": "data/x.txt", "proj/self": "."}
    assert [line for line in summary(project) if "link" in line] == [
        *[f"{name} -> {target}" for name, target in links.items() if "link" in name],
        "warning symlink-loop proj/loop",
        "note link-left-out proj/out",
        "note link-left-out proj/up",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_does_not_block() -> None:
    plant(WHOLE + "== proj/sub/x.txt\n", Path())
    os.mkfifo("proj/sub/pipe")
    os.mkfifo("proj/sub/pipe.js")
    project = read()
    assert "proj/sub/x.txt" in locations(project)
    assert "proj/sub/pipe.js" not in locations(project)
    assert [f.code for f in project.findings].count("special-file") == 2

    Path("proj/index.js").write_text("require('./sub/pipe.js')")
    assert "error special-file proj/sub/pipe.js" in summary(read())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no names that are not Unicode")
def test_names_that_are_not_utf8() -> None:
    plant(WHOLE, Path())
    try:
        Path(os.fsdecode(b"proj/caf\xe9.txt")).write_text("x")
    except OSError:
        pytest.skip("this file system refuses names that are not UTF-8")
    project = read()
    assert locations(project) == ["proj/index.js", "proj/package.json"]
    (finding,) = (f for f in project.findings if f.code == "name-not-utf8")
    assert finding.severity == "warning"
    assert finding.file == "proj/caf\\udce9.txt"


def test_a_file_that_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file exists when its specifier is resolved, and not when it is opened."""
    plant("== proj/index.js\nrequire('./a');\n== proj/a.js\n", Path())
    real = os.open

    def unlink_first(path: str, *rest: int) -> int:
        if path.endswith("a.js"):
            Path(path).unlink()
        return real(path, *rest)

    monkeypatch.setattr(os, "open", unlink_first)
    project = read()
    assert summary(project)[1:] == ["error file-unreadable proj/a.js"]
    assert answers(project, "proj/index.js") == {("require", "./a"): None}


def test_a_file_that_vanishes_before_it_is_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    plant("== proj/index.js\nrequire('./a');\n== proj/a.js\n", Path())
    real = SourceFiles.references

    def vanished(files: SourceFiles, path: str, **how: Any) -> SourceReferences:
        if path.endswith("a.js"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(files, path, **how)

    monkeypatch.setattr(SourceFiles, "references", vanished)
    assert summary(read())[1:] == ["error file-unreadable proj/a.js"]


def test_an_entry_that_vanishes() -> None:
    plant("== proj/index.js\n", Path())
    options = BuildOptions(Path("proj/index.js"))
    manifest = open_manifest(options)
    shutil.rmtree("proj")
    with pytest.raises(ProjectError, match="cannot be read"):
        read_project(manifest, options, SilentObserver())


def test_an_entry_that_is_not_a_script() -> None:
    Path("tool").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(ProjectError, match="cannot be packaged") as caught:
        read(entry="tool")
    assert caught.value.code == "entry-unusable"


def test_an_entry_whose_name_is_not_utf8() -> None:
    Path(os.fsdecode(b"a\xff.js")).write_text("")
    with pytest.raises(ProjectError, match="name is not UTF-8"):
        read(entry=os.fsdecode(b"a\xff.js"))


def test_files_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is simulated."""
    plant(WHOLE.replace("[2])", "[2]); require('./a')") + "== proj/a.js\n== proj/b.txt\n", Path())
    real = os.open

    def refuse(path: str, *rest: int) -> int:
        if path.endswith(("a.js", "b.txt")):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    found = summary(read())
    assert "error file-unreadable proj/a.js" in found
    assert "warning file-unreadable proj/b.txt" in found


def test_files_that_the_settings_name_and_that_may_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = '{"name": "proj", "pkg": {"assets": ["./named.bin", "data/*"]}}'
    tree = f"== proj/package.json\n{settings}\n== proj/index.js\n0;\n== proj/named.bin\n"
    plant(tree + "== proj/data/matched.bin\n", Path())
    real = os.open

    def refuse(path: str, *rest: int) -> int:
        if path.endswith(".bin"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    found = summary(read())
    assert "error file-unreadable proj/named.bin" in found
    assert "warning file-unreadable proj/data/matched.bin" in found


def test_a_broken_package_json_of_a_dependency() -> None:
    project = read(
        "== proj/index.js\nrequire('dep');\n== proj/node_modules/dep/package.json\n{,}\n"
        "== proj/node_modules/dep/index.js\n"
    )
    assert [f.code for f in project.findings] == ["unresolved-specifier"]
    assert "line 1, column 2" in project.findings[0].message


def test_a_file_that_is_not_javascript() -> None:
    project = read("== proj/index.js\nconst a: number = 1;\nrequire('./b');\n== proj/b.js\n")
    assert "note source-not-understood proj/index.js:1" in summary(project)  # no V8 was asked


def test_a_syntax_error_in_code_without_references() -> None:
    project = read("== proj/index.js\nrequire('./b');\n== proj/b.js\nlet a = 1;\nlet b = ;\n")
    assert "note source-not-understood proj/b.js:2" in summary(project)


class NoStripper:
    """The `TypeStripper` of a host without a Node."""

    def strip(self, source: bytes, path: str, *, transform: bool) -> JavaScript:
        raise NodeError("type-stripper-missing", f"{len(source)} bytes of {path}", f"{transform}")

    def check(self, source: bytes, path: str) -> None:
        raise NodeError("type-stripper-missing", f"{len(source)} bytes of {path}", "")


@pytest.mark.parametrize(("tree", "fails"), [
    ("== proj/index.js\nimport './b.ts';\n== proj/b.ts\nlet a: number = 1;\n", True),
    ("== proj/index.js\ntry { require('maybe') } catch {}\n== proj/node_modules/maybe/index.js\n"
     "require('./b.ts');\n== proj/node_modules/maybe/b.ts\n", False),
    ('== proj/package.json\n{"pkg": {"assets": "tool.js"}}\n== proj/index.js\n'
     "== proj/tool.js\nrequire('./b.ts');\n== proj/b.ts\nlet a: number = 1;\n", False),
])  # fmt: skip
def test_without_a_node_only_typescript_that_is_needed_fails(tree: str, fails: bool) -> None:
    plant(tree, Path())
    options = BuildOptions(Path("proj/index.js"))
    with pytest.raises(NodeError) if fails else nullcontext():
        read_project(open_manifest(options), options, SilentObserver(), stripper=NoStripper())


def test_jsx_cannot_be_imported() -> None:
    project = read("== proj/index.js\nimport './b.tsx';\n== proj/b.tsx\nlet a = <b/>;\n")
    assert "error extension-unknown proj/index.js:1" in summary(project)


@pytest.mark.parametrize(
    ("specifier", "file"), [("./b", "b.ts"), ("./b.js", "b.ts"), ("./b", "b/index.ts")]
)
def test_the_exact_name_of_typescript_is_suggested(specifier: str, file: str) -> None:
    project = read(f"== proj/index.js\nimport '{specifier}';\n== proj/{file}\nlet a = 1;\n")
    (finding,) = [one for one in project.findings if one.code == "unresolved-specifier"]
    assert f"proj/{file}" in finding.message
    assert f"Write './{file}'" in finding.remedy


def test_paths_of_tsconfig_are_explained() -> None:
    project = read(
        "== proj/index.js\nimport '@/lib/b';\n== proj/lib/b.ts\n== proj/package.json\n{}\n"
        '== proj/tsconfig.json\n{ // aliases\n "compilerOptions": {"paths": {"@/*": ["./*"],}}}\n'
    )
    (finding,) = [one for one in project.findings if one.code == "unresolved-specifier"]
    assert "proj/tsconfig.json" in finding.message
    assert "`imports` of package.json" in finding.remedy


def test_without_package_json_nothing_is_included() -> None:
    project = read("== proj/index.js\nrequire(process.argv[2]);\n== proj/private.txt\n")
    assert summary(project) == [
        "proj/index.js commonjs: entry",
        "warning unproven-access proj/index.js:1",
    ]


@pytest.mark.parametrize(
    "code",
    ["require(process.argv[2], 'may-exclude');", "try { require(process.argv[2]); } catch {}"],
)
def test_without_package_json_what_may_fail_is_a_note(code: str) -> None:
    assert summary(read(f"== proj/index.js\n{code}\n"))[1:] == [
        "note unproven-access proj/index.js:1"
    ]


def test_a_file_may_hold_the_text_of_the_fuse() -> None:
    fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"
    project = read(WHOLE + f"== proj/lib/fuse.js\nmodule.exports = '{fuse}';\n")
    assert "proj/lib/fuse.js" in locations(project)


def test_an_earlier_executable_is_left_out() -> None:
    plant(WHOLE, Path())
    fuse = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"
    for name, state in (("app-linux", b"1"), ("node", b"0")):
        with Path("proj", name).open("wb") as stream:
            stream.write(b"\x7fELF" + b"\0" * ((1 << 20) - 30) + fuse + state)
            stream.truncate(25 << 20)
    assert locations(read()) == ["proj/index.js", "proj/node", "proj/package.json"]


def test_ignored_files_do_not_resolve() -> None:
    project = read(
        '== proj/package.json\n{"bin": "index.js", "pkg": {"ignore": ["lib/**"]}}\n'
        "== proj/index.js\nrequire('./lib/a');\n== proj/lib/a.js\n",
        "proj",
    )
    assert locations(project) == ["proj/index.js", "proj/package.json"]
    assert answers(project, "proj/index.js") == {("require", "./lib/a"): None}


def test_ignored_patterns_from_the_root_of_the_disk() -> None:
    here = Path.cwd()
    patterns = ["/lib/**", "/no-such/*.js", f"{here}/a/lib/*", "lib/none.js", f"{here}/a/b/x.js"]
    settings = {"bin": "index.js", "pkg": {"ignore": patterns}}
    project = read(
        f"== a/package.json\n{json.dumps({'workspaces': ['b']})}\n== a/lib/c.js\n"
        f"== a/b/package.json\n{json.dumps(settings)}\n"
        "== a/b/index.js\nrequire('./lib/a'); require('../lib/c');\n== a/b/lib/a.js\n",
        "a/b",
    )
    names = {Path(location).name for location in locations(project)}
    assert names == {"index.js", "a.js", "package.json"}
    useless = [one for one in project.findings if one.code == "ignore-without-match"]
    assert [one.message.split()[0] for one in useless] == ["/lib/**", "/no-such/*.js"]
    assert [one.remedy for one in useless] == [
        "Write lib/** for files of the project.",
        "Write no-such/*.js for files of the project.",
    ]


def test_case_clashes_and_names_that_windows_refuses_are_packaged() -> None:
    if os.name == "nt":
        pytest.skip("Windows cannot hold these names")
    tree = WHOLE + "== proj/a.txt\n== proj/A.txt\n== proj/con\n== proj/x:y\n== proj/dot.\n"
    names = {"proj/a.txt", "proj/A.txt", "proj/con", "proj/x:y", "proj/dot."}
    plant(tree, Path())
    if len(list(Path("proj").iterdir())) < len(names) + 2:
        pytest.skip("this file system does not tell upper from lower case")
    assert names <= set(locations(read()))


@pytest.mark.parametrize(
    ("call", "severity", "remedy"),
    [
        ("require('x')", "error", "Run `npm rebuild x`, because"),
        ("if (process.argv[2]) require('x')", "warning", "Run `npm rebuild x` if the program"),
    ],
)
def test_an_addon_that_the_installation_has_not_made(call: str, severity: str, remedy: str) -> None:
    tree = (
        '== proj/package.json\n{"name": "proj", "dependencies": {"x": "1"}}\n'
        f"== proj/index.js\n{call}\n"
        '== proj/node_modules/x/package.json\n{"name": "x", "version": "1.0.0"}\n'
        "== proj/node_modules/x/index.js\nmodule.exports = require('./build/Release/x.node');\n"
    )
    (finding,) = [one for one in read(tree).findings if one.code == "unresolved-specifier"]
    assert finding.severity == severity
    assert finding.remedy.startswith(remedy)
