"""Each format answers the same questions; what its notation allows is understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import ExitCode, ProjectError
from sealift.lockfiles import Lockfile, PackageVersion, open_lockfile
from support.lockfile_samples import FORMATS, NPM, PNPM_9, WINDOWS, YARN_4, OnDisk

Open = Callable[[str, str | bytes], Lockfile]
Package = Callable[..., OnDisk]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_answers(kind: str, opened: Open, package: Package) -> None:
    lockfile = opened(*FORMATS[kind])
    parent = package("a", "1.2.3")
    assert lockfile.version_of(parent) == "1.2.3"
    assert lockfile.version_of(package("a", "1.0.0")) == "1.2.3"
    assert lockfile.version_of(package("unknown", "1.0.0")) is None
    found = lockfile.dependency(parent, "a-win", "1.2.3")
    assert found is not None
    assert (found.name, found.label) == ("a-win", "a-win@1.2.3")
    # Yarn 1 records no platforms, later releases no integrity.
    assert found.platforms == (None if kind == "yarn-1" else WINDOWS)
    assert found.integrity == ("" if kind == "yarn-4" else "sha512-x")
    assert lockfile.dependency(parent, "unknown", "1.0.0") is None


@pytest.mark.parametrize("kind", FORMATS)
def test_the_integrity_of_a_version(kind: str, opened: Open) -> None:
    lockfile = opened(*FORMATS[kind])
    recorded = "" if kind == "yarn-4" else "sha512-x"
    assert lockfile.integrity_of("a-win", "1.2.3") == recorded
    assert lockfile.integrity_of("a-win", "1.2.4") == ""
    assert lockfile.integrity_of("alias", "9.0.0") == ""  # it is published under another name
    if kind.startswith(("pnpm", "yarn-1")):
        assert lockfile.integrity_of("real", "9.0.0") == "sha512-r"


@pytest.mark.parametrize("kind", [name for name in FORMATS if not name.startswith("npm")])
def test_an_alias_has_two_names(kind: str, opened: Open, package: Package) -> None:
    found = opened(*FORMATS[kind]).dependency(package("a", "1.2.3"), "alias", "npm:real@9.0.0")
    assert found is not None
    assert (found.name, found.registry_name, found.version) == ("alias", "real", "9.0.0")


def test_npm_searches_like_node(opened: Open, package: Package) -> None:
    lockfile = opened("package-lock.json", NPM)
    below = lockfile.dependency(package("b", "2.0.0"), "a-win", "*")
    assert below is not None
    assert (below.registry_name, below.version) == ("real", "9.0.0")
    beside = lockfile.dependency(below, "a", "*")  # from where that one is
    assert beside is not None
    assert beside.version == "1.2.3"
    # The package is not in the lockfile, so nothing is known of its dependencies.
    assert lockfile.dependency(package("c", "1.0.0"), "a", "*") is None


def test_the_lockfile_of_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    (tmp_path / "packages" / "app").mkdir(parents=True)
    lockfile = open_lockfile(tmp_path / "packages" / "app")
    assert lockfile is not None
    assert lockfile.path == tmp_path / "package-lock.json"
    assert open_lockfile(Path("/")) is None


@pytest.mark.parametrize(
    ("entry", "integrity"),
    [
        ("  ? a-win@1.2.3\n  : resolution: {integrity: sha512-e}\n", "sha512-e"),
        ("  a-win@1.2.3: {resolution:\n      {integrity:\n        sha512-w}}\n", "sha512-w"),
        ("  other@1.0.0:\n    resolution: &r {integrity: sha512-s}\n"
         "  a-win@1.2.3:\n    resolution: *r\n", "sha512-s"),
        ("  other@1.0.0:\n    list:\n      - name: x\n        value: y\n      - name: z\n"
         "  a-win@1.2.3:\n    resolution: {integrity: sha512-l}\n", "sha512-l"),
        ("  a-win@1.2.3:\n    resolution: {}\n", ""),
        ("  'a-win@1.2.3': {resolution: {integrity: 'sha512-q'}} # why\n", "sha512-q"),
        ('  "a-win@1.2.3":\n    resolution: {"integrity": !!str sha512-t}\n', "sha512-t"),
    ],
    ids=["explicit key", "wrapped flow", "anchor", "list of maps", "empty map", "quotes", "tag"],
)  # fmt: skip
def test_whatever_yaml_allows(entry: str, integrity: str, opened: Open, package: Package) -> None:
    lockfile = opened("pnpm-lock.yaml", f"lockfileVersion: '9.0'\npackages:\n{entry}")
    found = lockfile.dependency(package("a", "1.2.3"), "a-win", "1.2.3")
    assert found is not None
    assert found.integrity == integrity


def test_a_version_is_never_a_number(opened: Open, package: Package) -> None:
    text = YARN_4.replace("version: 1.2.3", "version: 1.10")
    assert opened("yarn.lock", text).version_of(package("a", "1.10")) == "1.10"


def test_pnpm_puts_a_document_about_itself_first(opened: Open, package: Package) -> None:
    """pnpm 11 and newer do, for a project that names its package manager."""
    own = "---\nlockfileVersion: '9.0'\npackages:\n  pnpm@11.0.0:\n    resolution: {}\n\n---\n"
    lockfile = opened("pnpm-lock.yaml", own + PNPM_9)
    assert lockfile.version_of(package("a", "1.2.3")) == "1.2.3"
    assert lockfile.version_of(package("pnpm", "11.0.0")) is None


def test_an_empty_yarn_lockfile_lists_nothing(opened: Open, package: Package) -> None:
    assert opened("yarn.lock", "").version_of(package("a", "1.0.0")) is None


DEEP = 5_000
UNUSABLE = {
    "half of JSON": ("package-lock.json", '{"lockfileVersion": 3,', "not valid JSON"),
    "JSON list": ("package-lock.json", "[]", "does not contain an object"),
    "npm 6": (
        "package-lock.json",
        '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}',
        "version 1",
    ),
    "deep JSON lists": ("package-lock.json", "[" * DEEP + "]" * DEEP, "nested more than 100"),
    "deep JSON objects": (
        "package-lock.json",
        '{"packages":' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
        "nested more than 100",
    ),
    "pnpm 5": ("pnpm-lock.yaml", "lockfileVersion: 5.3\npackages: {}\n", "has version 5.3"),
    "pnpm 60": ("pnpm-lock.yaml", "lockfileVersion: '60'\n", "has version 60"),
    "no version": ("pnpm-lock.yaml", "packages: {}\n", "has version unknown"),
    "tab": ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n\tpackages:\n", "line 2"),
    "deep flow": ("pnpm-lock.yaml", "a: " + "[" * DEEP, "nested more than 100"),
    "deep blocks": ("pnpm-lock.yaml", "- " * DEEP, "nested more than 100"),
    "deep, but not for libyaml": ("pnpm-lock.yaml", "- " * 101, "nested more than 100"),
    "alias to itself": ("pnpm-lock.yaml", "a: &x [*x]\n", "names no complete value"),
    "alias to nothing": ("pnpm-lock.yaml", "a: *x\n", "names no complete value"),
    "merge key": ("pnpm-lock.yaml", "a: &x {b: c}\nd:\n  <<: *x\n", "merge keys"),
    "list as key": ("pnpm-lock.yaml", "? [a]\n: b\n", "a key is not a text"),
    "YAML text": ("pnpm-lock.yaml", "just a text\n", "does not contain an object"),
    "NUL": ("pnpm-lock.yaml", "a: b\nc: \0\n", "line 2"),
    "not UTF-8": ("yarn.lock", b"a@1:\n  version \"\xff\"\n", "not UTF-8"),
    "npm conflict": ("package-lock.json", '{\n<<<<<<< HEAD\n"a": 1\n=======\n', "on line 2"),
    "yarn conflict": ("yarn.lock", "a@1:\n  version \"1\"\n=======\n", "on line 3"),
    "yarn indentation": ("yarn.lock", "a@1:\n    version \"1\"\n", "line 2"),
    "yarn odd indentation": ("yarn.lock", "a@1:\n   version \"1\"\n", "line 2"),
    "yarn open string": ("yarn.lock", "a@1:\n  version \"1\n", "line 2"),
    "yarn words": ("yarn.lock", "one two three\n", "line 1"),
    "yarn surrogate": ("yarn.lock", 'a@1:\n  version "\\ud800"\n', "line 2"),
    "yarn deep": (
        "yarn.lock", "".join("  " * n + "a:\n" for n in range(102)), "nested more than 100"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNUSABLE)
def test_lockfiles_that_cannot_be_used(case: str, opened: Open) -> None:
    name, content, fact = UNUSABLE[case]
    with pytest.raises(ProjectError) as caught:
        opened(name, content)
    assert (caught.value.code, caught.value.exit_code) == ("lockfile-unreadable", ExitCode.PROJECT)
    assert name in caught.value.message
    assert fact in caught.value.message
    assert caught.value.remedy


def test_a_hundred_levels_are_read(opened: Open) -> None:
    assert opened("package-lock.json", '{"a":' + "[" * 99 + "]" * 99 + "}")
    yaml = "lockfileVersion: '9.0'\na: " + "[" * 99 + "]" * 99
    assert opened("pnpm-lock.yaml", yaml)


def test_brackets_in_strings_do_not_nest(opened: Open) -> None:
    assert opened("package-lock.json", json.dumps({"a": '[{"\\' * 1000, "b": "\\"}))


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "yarn.lock"
    with path.open("wb") as stream:
        stream.truncate(65 << 20)
    with pytest.raises(ProjectError, match="larger than 64 MiB"):
        open_lockfile(tmp_path)


def test_a_thousand_million_aliases_take_no_memory(opened: Open) -> None:
    """Nine levels of ten aliases each, as in the "billion laughs" attack."""
    lines = ["lockfileVersion: '9.0'", "l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        lines.append(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]")
    assert opened("pnpm-lock.yaml", "\n".join(lines))


def test_packages_are_compared_without_their_place() -> None:
    """The same package is fetched once, however often the lockfile lists it."""
    one = PackageVersion("a", "a", "1.0.0", lockfile_key="node_modules/a")
    other = PackageVersion("a", "a", "1.0.0", lockfile_key="node_modules/b/node_modules/a")
    assert one == other
    assert hash(one) == hash(other)
