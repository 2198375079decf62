"""One executable for both architectures of macOS, from stock Node binaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import lief

from support.command_line import Sealift

MACHINES = ("x64", "arm64")


def test_a_universal_executable_is_made_and_verified(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "main.js").write_text("console.log('hello')\n")
    options = binary_options("node24-macos-x64", "node24-macos-arm64")
    app = tmp_path / "out" / "app"
    command = ("main.js", "--sea", "-t", "node24-macos-universal", "-o", app)
    done = sealift(*command, *options, cwd=tmp_path)
    assert done.code == 0, done.stderr
    names = ["app-x64", "app-arm64", "app"]
    assert done.stdout.split() == [str(app.with_name(name)) for name in names]
    programs = lief.MachO.parse(str(app))
    for program, name in zip(programs, names[:2], strict=True):
        checked, why = lief.MachO.check_layout(program)
        assert checked, why
        own = app.with_name(name).read_bytes()
        with app.open("rb") as file:
            file.seek(program.fat_offset)
            assert file.read(len(own)) == own
    verified = sealift("verify", app)
    assert verified.code == 0, verified.stderr
    assert [line.split()[2].rstrip(",") for line in verified.stdout.splitlines()] == [
        "macos-x64",
        "macos-arm64",
    ]
    _check_commands_that_read(sealift, app)
    with app.open("r+b") as file:
        file.seek(-200_000, 2)
        byte = file.read(1)
        file.seek(-200_000, 2)
        file.write(bytes([byte[0] ^ 1]))
    assert sealift("verify", app).code == 6


def _check_commands_that_read(sealift: Sealift, app: Path) -> None:
    """Each program of a universal executable can be inspected, and is what its own file is."""
    for command in ("inspect", "size"):
        whole = json.loads(sealift(command, app, "--json").stdout)
        alone = [json.loads(sealift(command, f"{app}-{one}", "--json").stdout) for one in MACHINES]
        assert whole == alone
    shown = sealift("inspect", app).stdout
    assert f"{app}: macos-x64" in shown and f"{app}: macos-arm64" in shown
    refused = sealift("diff", app, f"{app}-x64")
    assert refused.code == 2 and "--arch x64" in refused.stderr
    same = sealift("diff", app, f"{app}-x64", "--arch", "x64")
    assert "do not differ" in same.stdout
    other = sealift("diff", app, f"{app}-x64", "--arch", "arm64", "--json")
    assert json.loads(other.stdout)["facts"][0]["what"] == "target"
    assert sealift("inspect", app, "--arch", "x86").code == 2
    unpacked = sealift("inspect", app, "--arch", "arm64", "--unpack", app.with_name("files"))
    assert unpacked.stdout.startswith("1 files"), unpacked.stderr
