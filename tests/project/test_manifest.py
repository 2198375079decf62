"""Entries, settings and what is wrong with them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import ProjectError, SealiftError, UsageError
from sealift.findings import Severity
from sealift.options import BuildOptions
from sealift.project import Manifest, open_manifest
from sealift.project.settings.keys import KEY_TYPES
from support.project_trees import plant


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "proj"
    directory.mkdir()
    monkeypatch.chdir(directory)


def opened(tree: str, entry: str = ".", **options: Any) -> Manifest:
    plant(tree, Path())
    return open_manifest(BuildOptions(Path(entry), **options))


def refused(tree: str, entry: str = ".", **options: Any) -> SealiftError:
    with pytest.raises(SealiftError) as caught:
        opened(tree, entry, **options)
    assert caught.value.remedy
    return caught.value


def package(**fields: Any) -> str:
    return f"== package.json\n{json.dumps(fields)}\n"


def codes(manifest: Manifest) -> list[str]:
    return [finding.code for finding in manifest.findings]


@pytest.mark.parametrize(
    ("name", "base_name"),
    [("@org/palookaville", "palookaville"), ("pal.js", "pal"), ("plain", "plain"), ("", "proj")],
)
def test_a_package_names_its_executable(name: str, base_name: str) -> None:
    found = opened(package(name=name, bin="a.js") + "== a.js\n")
    assert found.base_name == base_name
    assert found.entry == Path.cwd() / "a.js"


@pytest.mark.parametrize(
    ("entry", "base_name"), [("my.app.v2.js", "my.app.v2"), ("app", "app"), (".hidden", ".hidden")]
)
def test_a_script_names_its_executable(entry: str, base_name: str) -> None:
    assert opened(f"== {entry}\n", entry).base_name == base_name


def test_a_script_belongs_to_the_project_around_it() -> None:
    found = opened(package(name="p", version="1.2.3") + "== bin/a.js\n", "bin/a.js")
    assert (found.root, found.name, found.version) == (Path.cwd(), "p", "1.2.3")


@pytest.mark.parametrize("entry", [".", "package.json"])
def test_bin_by_the_packages_own_name_or_the_first(entry: str) -> None:
    scripts = "== a.js\n== b.js\n"
    own = opened(package(name="@s/own", bin={"x": "a.js", "own": "b.js"}) + scripts, entry)
    assert own.entry.name == "b.js"
    assert codes(own) == ["bin-chosen"]
    assert opened(package(bin={"x": "a.js", "y": "b.js"}), entry).entry.name == "a.js"
    assert opened(package(bin={"x": "a.js", "y": "b.js"}), entry, bin_name="y").entry.name == "b.js"


def test_bin_is_looked_up_as_node_would() -> None:
    assert opened(package(bin="cli") + "== cli.js\n").entry.name == "cli.js"
    assert opened(package(bin="dir") + "== dir/index.js\n").entry.name == "index.js"


def test_main_counts_without_bin() -> None:
    found = opened(package(main="lib/m") + "== lib/m.js\n")
    assert found.entry.name == "m.js"
    assert codes(found) == ["main-as-entry"]
    assert opened(package() + "== index.js\n").entry.name == "index.js"


@pytest.mark.parametrize(
    ("start", "program"),
    [
        ("fastify start -l info app.js", "fastify"),
        ("npm run build:ts && cross-env PORT=1 npx fastify start ./app.js", "fastify"),
        ("node app.js", ""),
        ("PORT=1 nodemon app.js", ""),
        ("lint app.js && node app.js", ""),
        ("fastify start other.js", ""),
        ("gone start app.js", ""),
        (1, ""),
    ],
)
@pytest.mark.parametrize("entry", [".", "app.js"])
def test_a_program_that_starts_the_entry_point(start: object, program: str, entry: str) -> None:
    project = package(main="app.js", scripts={"start": start})
    programs = "== node_modules/.bin/fastify\n== node_modules/.bin/lint\n"
    manifest = opened(f"{project}== app.js\n== other.js\n{programs}", entry)
    found = [one for one in manifest.findings if one.code == "started-by-program"]
    assert bool(found) == bool(program)
    for one in found:
        assert (one.severity, one.file) == (Severity.WARNING, "package.json")
        assert one.message.endswith(f"the executable runs app.js without {program}.")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"bin": {}}, "bin-missing"),
        ({"bin": "gone.js"}, "bin-missing"),
        ({"bin": 1}, "bin-type"),
        ({"bin": {"a": 1}}, "bin-type"),
        ({}, "bin-missing"),
        ({"bin": "x.tsx"}, "entry-jsx"),
        ({"bin": "x.json"}, "entry-not-script"),
    ],
)
def test_bins_that_cannot_be_used(fields: dict[str, Any], code: str) -> None:
    error = refused(package(**fields) + "== x.tsx\n== x.json\n{}")
    assert isinstance(error, UsageError)
    assert error.code == code
    assert "package.json" in error.message or "x." in error.message


@pytest.mark.parametrize("of_pnpm", [False, True])
def test_the_root_of_a_workspace_names_its_packages(of_pnpm: bool) -> None:
    fields = {} if of_pnpm else {"workspaces": ["packages/*"]}
    pnpm = "== pnpm-workspace.yaml\npackages: []\n" if of_pnpm else ""
    error = refused(package(**fields) + pnpm)
    assert error.code == "bin-missing"
    assert "workspace" in error.message
    assert "packages/cli" in error.remedy


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"devDependencies": {"nuxt": "4"}}, "sealift .output/server/index.mjs"),
        ({"dependencies": {"next": "16"}, "scripts": {"start": "next start"}}, "standalone"),
        ({"dependencies": {"@nestjs/core": "12"}, "scripts": {"start:prod": "node dist/main"}},
         "sealift dist/main.js"),
        ({"scripts": {"start": "node ./bin/www"}}, "sealift bin/www`"),
        ({"scripts": {"start": "NODE_ENV=production node --env-file=.env bin/www 80"}}, "bin/www"),
        ({"dependencies": {"next": "16"}, "scripts": {"start": "node bin/www"}}, "bin/www"),
        ({"scripts": {"start": "node gone"}}, "sealift server.js"),
        ({"scripts": {"start": "nodemon bin/www"}}, "sealift server.js"),
        ({"scripts": "node bin/www", "dependencies": ["next"]}, "sealift server.js"),
    ],
)  # fmt: skip
def test_a_project_without_main_names_what_probably_runs(
    fields: dict[str, Any], remedy: str
) -> None:
    error = refused(package(**fields) + "== bin/www\n")
    assert error.code == "bin-missing"
    assert remedy in error.remedy


@pytest.mark.parametrize("field", ["bin", "main"])
def test_a_missing_build_output_names_the_script_that_makes_it(field: str) -> None:
    scripts = {"test": "jest", "build": "tsc -p ."}
    error = refused(package(**{field: "dist/cli.js"}, scripts=scripts))
    assert "dist/cli.js" in error.message
    assert error.remedy.startswith("Run `npm run build` first (`tsc -p .`), or ")


def test_an_unknown_bin_name_lists_what_there_is() -> None:
    error = refused(package(bin={"a": "a.js", "b": "b.js"}) + "== a.js\n", bin_name="c")
    assert error.code == "bin-unknown"
    assert "a, b" in error.remedy


def test_a_missing_entry_suggests_the_nearest() -> None:
    error = refused("== server.js\n", "sever.js")
    assert (error.code, error.message) == (
        "entry-missing",
        "The entry point sever.js does not exist.",
    )
    assert "server.js" in error.remedy


def test_a_directory_without_package() -> None:
    assert refused("== a.js\n").code == "package-missing"


def test_an_entry_that_is_a_loop() -> None:
    assert refused("== a.js -> a.js\n", "a.js").code == "entry-loop"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_an_entry_that_is_a_fifo() -> None:
    os.mkfifo("a.js")
    assert refused("", "a.js").code == "entry-special"


def test_an_entry_that_is_not_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is simulated."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert refused("== a.js\n", "a.js").code == "entry-unreadable"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"name": "x",\n "bin" "a.js"}', "line 2, column 8"),
        ('{"a": 1,}', "line 1, column 9"),
        ("", "line 1, column 1"),
        ('{"a":\n "\\q"}', "line 2, column 3"),
        ("[]", "does not hold an object"),
    ],
)
def test_a_broken_package_json_says_where(text: str, place: str) -> None:
    error = refused(f"== package.json\n{text}\n")
    assert isinstance(error, ProjectError)
    assert error.code == "package-json-broken"
    assert place in error.message


def test_a_package_json_that_is_not_utf8() -> None:
    Path("package.json").write_bytes(b'{"name":\n "\xff"}')
    assert "line 2, column 3" in refused("").message


def test_a_byte_order_mark_is_accepted() -> None:
    Path("package.json").write_bytes(b'\xef\xbb\xbf{"bin": "a.js"}')
    assert opened("== a.js\n").entry.name == "a.js"


SETTINGS = {"targets": ["linux"], "assets": "a/**"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".pkgrc", json.dumps(SETTINGS)),
        (".pkgrc.json", json.dumps({"pkg": SETTINGS})),
    ],
)
def test_configuration_files(name: str, text: str) -> None:
    fields = {"bin": "a.js", "dependencies": {"d": "1"}}
    found = opened(package(**fields) + f"== a.js\n== {name}\n{text}")
    assert found.targets in (("linux",), ("lin",))
    assert found.settings.assets in (("a/**",), ())
    assert found.package is not None
    assert found.package.names("dependencies") == ("d",)


def test_a_configuration_file_wins_over_the_field() -> None:
    text = package(bin="a.js", pkg={"targets": "win"}) + '== a.js\n== .pkgrc\n{"targets": "mac"}'
    found = opened(text)
    assert found.targets == ("mac",)
    assert codes(found) == ["two-configurations"]


def test_a_configuration_as_entry_and_as_option() -> None:
    tree = package(bin="a.js") + '== a.js\n== my.config.json\n{"targets": "win"}'
    assert opened(tree, "my.config.json").targets == ("win",)
    assert opened("", ".", config=Path("my.config.json")).targets == ("win",)


def test_a_javascript_configuration_is_run_by_the_caller() -> None:
    plant(package(bin="a.js") + "== a.js\n== pkg.config.ts\nexport default {}", Path())
    found = open_manifest(BuildOptions(Path()), lambda path: {"targets": [Path(path).name]})
    assert found.targets == ("pkg.config.ts",)
    error = refused(package(bin="a.js") + "== a.js\n== pkg.config.js\nexports.a = 1")
    assert error.code == "config-not-run"
    assert "JSON" in error.remedy


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"preBuild": ""}, "config-type"),
        ({"postBuild": "  "}, "config-type"),
        ({"preBuild": ["a"]}, "config-type"),
        ({"transform": "a.js"}, "config-type"),
        ({"log": "a.js"}, "config-type"),
    ],
)
def test_hooks_of_the_wrong_type(settings: dict[str, Any], code: str) -> None:
    assert refused(package(bin="a.js", pkg=settings) + "== a.js\n").code == code


def test_types_are_named_with_their_key() -> None:
    error = refused(package(bin="a.js", pkg={"targets": 123}) + "== a.js\n")
    assert error.message == (
        "pkg.targets must be a string or an array of strings, not 123 (package.json)."
    )


@pytest.mark.parametrize(
    "settings",
    [{"targets": [1]}, {"assets": {}}, {"outputPath": []}, {"debug": "yes"}, {"patches": []}],
)
def test_wrong_types(settings: dict[str, Any]) -> None:
    error = refused(package(bin="a.js", pkg=settings) + "== a.js\n")
    assert error.code == "config-type"
    assert f"pkg.{next(iter(settings))} must be" in error.message


def test_pkg_must_be_an_object() -> None:
    assert "pkg must be an object" in refused(package(bin="a.js", pkg=[]) + "== a.js\n").message


def test_unknown_settings_are_reported() -> None:
    found = opened(package(bin="a.js", pkg={"asets": "x"}) + "== a.js\n")
    assert codes(found) == ["unknown-setting"]
    assert found.findings[0].remedy == "Remove it, or rename it to pkg.assets."


IDLE = [
    {"nativeBuild": False},
    {"seaConfig": {"useCodeCache": True}},
    {"signature": False},
]


@pytest.mark.parametrize("settings", IDLE)
def test_settings_without_effect_are_notes(settings: dict[str, Any]) -> None:
    (finding,) = opened(package(bin="a.js", pkg=settings) + "== a.js\n").findings
    assert (finding.code, finding.severity.value) == ("setting-without-effect", "note")
    assert f"pkg.{next(iter(settings))} has no effect" in finding.message


@pytest.mark.parametrize(
    "settings",
    [
        *[{"compress": name} for name in ("None", "none", "gz", "Brotli")],
        *[{"debug": False}, {"nativeBuild": True}, {"signature": True}, {"noDictionary": []}],
        *[{"deployFiles": []}, {"patches": {}}, {"dictionary": {}}],
        *[{key: None} for key in KEY_TYPES],
    ],
)
def test_settings_that_request_nothing_are_silent(settings: dict[str, Any]) -> None:
    assert opened(package(bin="a.js", pkg=settings) + "== a.js\n").findings == ()


@pytest.mark.parametrize("name", ["lz4", ""])
def test_an_unknown_compression(name: str) -> None:
    error = refused(package(bin="a.js", pkg={"compress": name}) + "== a.js\n")
    assert error.code == "compression-unknown"
    assert f"'{name}'" in error.message


def test_a_missing_configuration() -> None:
    assert refused(package(bin="a.js") + "== a.js\n", config=Path("no")).code == "config-unreadable"
