"""An executable for Windows describes itself; Windows' own version API reads it, under Wine."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.musl import cache
from sealift.cache import Store
from sealift.model import SilentObserver
from sealift.zig import obtain_zig
from support.command_line import Sealift
from support.equipment import FindMachine
from support.icons import png

ASKER = Path(__file__).with_name("version_api.c")
IMPORTS = {
    "version": ("GetFileVersionInfoSizeW", "GetFileVersionInfoW", "VerQueryValueW"),
    "kernel32": ("GetStdHandle", "WriteFile", "GetCommandLineW", "ExitProcess"),
}
NODE_TEXTS = ("Node.js JavaScript Runtime", "Copyright Node.js contributors")


def make_asker(folder: Path) -> Path:
    """Compile the program that asks the version API."""
    zig = obtain_zig(Store(cache()), "a test", offline=False, observer=SilentObserver())
    target = ["--target=x86_64-windows-gnu", "-ffreestanding", "-mno-stack-arg-probe"]
    zig.run("clang", [*target, "-O1", "-c", str(ASKER), "-o", "asker.o"], folder)
    for library, names in IMPORTS.items():
        definition = "\n".join((f"LIBRARY {library}.dll", "EXPORTS", *names, ""))
        (folder / f"{library}.def").write_text(definition)
        made = ["-m", "i386:x86-64", "-d", f"{library}.def", "-l", f"{library}.lib"]
        zig.run("dlltool", made, folder)
    libraries = [f"{library}.lib" for library in IMPORTS]
    options = ["/entry:start", "/subsystem:console", "/nodefaultlib", "/out:asker.exe"]
    zig.run("lld-link", [*options, "asker.o", *libraries], folder)
    return folder / "asker.exe"


@pytest.mark.rigs
def test_the_version_api_gives_the_texts(
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    windows = machine("win-x64")
    project = tmp_path / "app"
    project.mkdir()
    (project / "main.js").write_text("console.log('in', process.argv.length)\n")
    (project / "package.json").write_text(
        json.dumps(
            {
                "name": "greeter",
                "version": "2.5.1",
                "description": "Grüßt alle 日本",
                "author": "Acme",
                "bin": "main.js",
                "pkg": {"windows": {"console": False}},
            }
        )
    )
    (tmp_path / "icon.png").write_bytes(png(48, 48))
    target = "node24-win-x64"
    out = tmp_path / "out"
    done = sealift(
        *(project, "-t", target, "--sea", "--out-path", out, "--icon", tmp_path / "icon.png"),
        *binary_options(target),
    )
    assert done.code == 0, done.stderr
    app = out / "greeter.exe"
    content = app.read_bytes()
    assert png(48, 48) in content
    for text in NODE_TEXTS:
        assert text.encode("utf-16-le") not in content

    ran = windows.run(app, "one")
    assert (ran.code, ran.stdout) == (0, "in 3\n"), ran.stderr

    asked = windows.run(make_asker(tmp_path), "greeter.exe", cwd=out)
    assert asked.code == 0, asked.stderr
    numbers, language, *texts = map(bytes.fromhex, asked.stdout.split())
    assert struct.unpack("<4I", numbers) == (0x2_0005, 0x1_0000) * 2
    assert struct.unpack("<HH", language) == (0x409, 1200)
    assert [text.decode("utf-16-le") for text in texts] == [
        "Acme",
        "Grüßt alle 日本",
        "Copyright © Acme",
        "greeter",
        "2.5.1",
    ]
