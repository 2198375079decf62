"""What a package's installer would download, here from a local server."""

from __future__ import annotations

import http.server
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealift.addons.download_urls import find_download
from sealift.addons.installed_packages import InstalledPackage
from sealift.findings import Severity
from sealift.lockfiles import npm_platform_of
from sealift.target import Arch, Platform
from support import answering_server
from support.addon_projects import AppFixture, ChooseFixture, locations
from support.answering_server import BreakingFile

pytestmark = pytest.mark.registry

SQLITE = "12.11.1"


class Server:
    """Serves byte strings by path, and records the requests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                data = server.files.get(self.path)
                self.send_response(404 if data is None else 200)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *_: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def addon(npm_package: Callable[[str], Path]) -> Callable[[str], bytes]:
    """Callable ``(folder)``: a real addon for one platform."""
    prebuilds = npm_package("@serialport/bindings-cpp@13.0.1") / "prebuilds"

    def read(folder: str) -> bytes:
        (path,) = (
            (prebuilds / folder).glob("*.node")
            if "linux" not in folder
            else [next((prebuilds / folder).glob("*glibc.node"))]
        )
        return path.read_bytes()

    return read


def tarball(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def sqlite(app: AppFixture, server: Server) -> Path:
    """better-sqlite3, installed without its install script; its host is the local server."""
    root = app({"better-sqlite3": SQLITE}, "require('better-sqlite3');\n")
    (root / ".npmrc").write_text(f"better_sqlite3_binary_host={server.url}/sqlite\n")
    return root


def test_prebuild_install(
    sqlite: Path,
    choose: ChooseFixture,
    server: Server,
    addon: Callable[[str], bytes],
    tmp_path: Path,
) -> None:
    machines = {"win-x64": "win32-x64", "macos-arm64": "darwin-x64+arm64"}
    for folder in ("win32-x64", "darwin-arm64"):
        path = f"/sqlite/v{SQLITE}/better-sqlite3-v{SQLITE}-node-v137-{folder}.tar.gz"
        name = "build/Release/better_sqlite3.node"
        source = "darwin-x64+arm64" if folder == "darwin-arm64" else folder
        server.files[path] = tarball(name, addon(source))
    chosen = choose(sqlite, *machines, cache=tmp_path / "cache")
    assert {finding.severity for finding in chosen.findings} == {Severity.NOTE}
    place = "app/node_modules/better-sqlite3/build/Release/better_sqlite3.node"
    for own, folder in zip(chosen.projects, machines.values(), strict=True):
        (file,) = (file for file in own.files if file.location == place)
        assert file.source.read_bytes() == addon(folder)
    # Its digest was recorded: the cached file is used, whatever the server has now.
    asked = len(server.asked)
    server.files.clear()
    again = choose(sqlite, *machines, cache=tmp_path / "cache", offline=True)
    assert again.projects == chosen.projects
    assert len(server.asked) == asked


@pytest.mark.parametrize("place", ["user", "global"])
def test_settings_of_npm_are_those_that_npm_reads(
    place: str,
    sqlite: Path,
    choose: ChooseFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From every file, and with variables expanded."""
    (sqlite / ".npmrc").unlink()
    settings = tmp_path / "npmrc"
    settings.write_text("better_sqlite3_binary_host=https://${MIRROR}.invalid/sqlite\n")
    monkeypatch.setenv(f"npm_config_{place}config", str(settings))
    monkeypatch.setenv("MIRROR", "our-mirror")
    (error,) = choose(sqlite, "win-x64", cache=tmp_path / "cache", offline=True).findings
    assert f"https://our-mirror.invalid/sqlite/v{SQLITE}/" in error.message


def test_the_environment_overrides_files(
    sqlite: Path, choose: ChooseFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_better_sqlite3_binary_host", "https://other.invalid")
    (error,) = choose(sqlite, "win-x64", cache=tmp_path / "cache", offline=True).findings
    assert f"https://other.invalid/v{SQLITE}/" in error.message


def test_settings_that_npm_cannot_read(
    sqlite: Path, choose: ChooseFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealift.tools.npm._SETTINGS_SECONDS", 0.001)
    (error,) = choose(sqlite, "win-x64", cache=tmp_path / "cache").findings
    assert (error.severity, error.code) == (Severity.ERROR, "addon-unavailable")
    assert "npm's settings" in error.message


def test_not_on_the_server(sqlite: Path, choose: ChooseFixture, tmp_path: Path) -> None:
    chosen = choose(sqlite, "linux-arm64", cache=tmp_path / "cache")
    (error,) = chosen.findings
    assert (error.severity, error.code) == (Severity.ERROR, "addon-unavailable")
    assert f"better-sqlite3-v{SQLITE}-node-v137-linux-arm64.tar.gz" in error.message
    assert "HTTP 404" in error.message
    assert "better_sqlite3_binary_host" in error.remedy
    assert not list((tmp_path / "cache").rglob("*better*.json"))


@pytest.mark.parametrize("what", ["another machine", "no tarball", "cut off"])
def test_something_else_on_the_server(
    what: str,
    sqlite: Path,
    choose: ChooseFixture,
    server: Server,
    addon: Callable[[str], bytes],
    tmp_path: Path,
) -> None:
    data = tarball("build/Release/better_sqlite3.node", addon("linux-x64"))
    if what == "no tarball":
        data = b"<html>Sign in</html>"
    elif what == "cut off":
        data = data[: len(data) // 2]
    path = f"/sqlite/v{SQLITE}/better-sqlite3-v{SQLITE}-node-v137-win32-x64.tar.gz"
    server.files[path] = data
    (error,) = choose(sqlite, "win-x64", cache=tmp_path / "cache").findings
    assert error.severity is Severity.ERROR
    assert error.code == ("addon-mismatch" if what == "another machine" else "addon-unavailable")
    assert "better-sqlite3" in error.message
    assert not any((tmp_path / "cache" / "downloads").iterdir())


def test_a_download_that_broke_off_is_continued_by_the_next_build(
    sqlite: Path, choose: ChooseFixture, addon: Callable[[str], bytes], tmp_path: Path
) -> None:
    data = tarball("build/Release/better_sqlite3.node", addon("win32-x64"))
    half = len(data) // 2
    file = BreakingFile(data, half)
    server = answering_server.Server()
    server.answers = [file, answering_server.answer(404, b"")]
    (sqlite / ".npmrc").write_text(f"better_sqlite3_binary_host={server.url}/sqlite\n")
    (error,) = choose(sqlite, "win-x64", cache=tmp_path / "cache").findings
    assert error.code == "addon-unavailable"
    file.piece = len(data)
    server.answers = [file]
    chosen = choose(sqlite, "win-x64", cache=tmp_path / "cache")
    server.close()
    assert file.asked[-1] == (f"bytes={half}-", '"1"')
    place = "app/node_modules/better-sqlite3/build/Release/better_sqlite3.node"
    (found,) = (file for file in chosen.projects[0].files if file.location == place)
    assert found.source.read_bytes() == addon("win32-x64")
    assert not any((tmp_path / "cache" / "downloads").iterdir())


def test_node_pre_gyp(
    app: AppFixture,
    choose: ChooseFixture,
    server: Server,
    addon: Callable[[str], bytes],
    tmp_path: Path,
) -> None:
    """A package that uses node-pre-gyp; a setting names the host."""
    root = app({"@mapbox/node-pre-gyp": "2.0.3"}, "require('native-thing');\n")
    thing = root / "node_modules" / "native-thing"
    thing.mkdir()
    manifest = {
        "name": "native-thing",
        "version": "3.1.0",
        "main": "index.js",
        "dependencies": {"@mapbox/node-pre-gyp": "*"},
        "binary": {
            "module_name": "native_thing",
            "module_path": "./lib/binding/napi-v{napi_build_version}",
            "host": "https://example.invalid",
            "remote_path": "v{version}",
            "package_name": "{module_name}-{node_napi_label}-{platform}-{libc}-{arch}.tar.gz",
            "napi_versions": [3, 6, 99],
        },
    }
    (thing / "package.json").write_text(json.dumps(manifest))
    (thing / "index.js").write_text(
        "const gyp = require('@mapbox/node-pre-gyp');\n"
        "module.exports = require(gyp.find(require('path').join(__dirname, 'package.json')));\n"
    )
    (root / ".npmrc").write_text(f"native_thing_binary_host_mirror={server.url}/mirror\n")
    path = "/mirror/v3.1.0/native_thing-napi-v6-win32-unknown-x64.tar.gz"
    server.files[path] = tarball("napi-v6/native_thing.node", addon("win32-x64"))
    chosen = choose(root, "win-x64", cache=tmp_path / "cache")
    assert not [f for f in chosen.findings if f.severity is Severity.ERROR]
    place = "app/node_modules/native-thing/lib/binding/napi-v6/native_thing.node"
    assert place in locations(chosen.projects[0])


def test_addresses_of_installers() -> None:
    """The addresses that node-pre-gyp and prebuild-install use for published packages."""

    def place(manifest: dict[str, object], platform: Platform, arch: Arch) -> str:
        name = str(manifest["name"])
        package = InstalledPackage(f"app/node_modules/{name}", Path(), manifest)
        found = find_download(package, npm_platform_of(platform, arch), 137, {})
        assert found is not None
        return found.url

    github = "https://github.com"
    sqlite = {
        "name": "better-sqlite3",
        "version": "12.4.1",
        "repository": {"type": "git", "url": "git://github.com/WiseLibs/better-sqlite3.git"},
        "dependencies": {"prebuild-install": "^7"},
        "scripts": {"install": "prebuild-install || node-gyp rebuild --release"},
    }
    head = f"{github}/WiseLibs/better-sqlite3/releases/download/v12.4.1/better-sqlite3-v12.4.1"
    assert place(sqlite, Platform.WIN, Arch.ARM64) == f"{head}-node-v137-win32-arm64.tar.gz"
    assert place(sqlite, Platform.ALPINE, Arch.X64) == f"{head}-node-v137-linuxmusl-x64.tar.gz"
    keytar = {
        "name": "@scope/keytar",
        "version": "7.9.0",
        "repository": "github:atom/node-keytar",
        "scripts": {"install": "prebuild-install -r napi || npm run build"},
        "binary": {"napi_versions": [3]},
    }
    assert place(keytar, Platform.MACOS, Arch.X64) == (
        f"{github}/atom/node-keytar/releases/download/v7.9.0/"
        "keytar-v7.9.0-napi-v3-darwin-x64.tar.gz"
    )
    sqlite3 = {
        "name": "sqlite3",
        "version": "5.0.0",
        "dependencies": {"node-pre-gyp": "0.11.0"},
        "binary": {
            "module_name": "node_sqlite3",
            "module_path": "./lib/binding/napi-v{napi_build_version}-{platform}-{arch}",
            "host": "https://mapbox-node-binary.s3.amazonaws.com",
            "remote_path": "./{name}/v{version}/{toolset}/",
            "package_name": "napi-v{napi_build_version}-{platform}-{arch}.tar.gz",
            "napi_versions": [3],
        },
    }
    assert place(sqlite3, Platform.LINUX, Arch.X64) == (
        "https://mapbox-node-binary.s3.amazonaws.com/sqlite3/v5.0.0/napi-v3-linux-x64.tar.gz"
    )
