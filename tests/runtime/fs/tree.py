"""The program that runs twice, and the files that it reads."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROGRAM = Path(__file__).parent / "program"

FILES: dict[str, bytes] = {
    "file.txt": b"a small file\n",
    "empty": b"",
    "digits.txt": b"0123456789",
    "lines.txt": b"one\ntwo\r\nthree\n\nfive",
    "ascii.txt": b"only ASCII\n",
    "text.txt": "Grüße, 日本, 🎉\n".encode(),
    "bom.txt": b"\xef\xbb\xbfwith a mark\n",
    "invalid.bin": bytes(range(256)),
    "big.bin": bytes((i * 7 + i // 251) % 256 for i in range(300_000)),
    "with space.txt": b"space\n",
    "grün-日本.txt": b"name\n",
    "__proto__": b"proto\n",
    "constructor/toString": b"name of a method\n",
    "dir/inner.txt": b"inner\n",
    "dir/z.txt": b"z\n",
    "dir/A.txt": b"A\n",
    "dir/sub/deep.txt": b"deep\n",
    "dir/sub/more/deeper.txt": b"deeper\n",
    "linked/file.txt": b"beside links\n",
    "tool.sh": b"#!/bin/sh\n",
}
LINKS = {
    "link": "file.txt",
    "link-to-dir": "dir/sub",
    "deep-link": "dir/../dir/sub/../inner.txt",
    "chain-1": "chain-2",
    "chain-2": "./chain-3",
    "chain-3": "dir/inner.txt",
    "up": "dir/..",
    "dangling": "nothing-here",
    "loop": "loop",
    "loop-a": "loop-b",
    "loop-b": "loop-a",
    "linked/to-file": "../file.txt",
    "linked/to-dir": "../dir",
    "linked/to-nothing": "nothing",
}
EMPTY_DIRECTORIES = ("empty-dir",)


def make_program(directory: Path) -> Path:
    """Write the program and its files to ``directory``; return its main script."""
    shutil.copytree(PROGRAM, directory)
    data = directory / "data"
    for name, content in FILES.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if name == "tool.sh" else 0o644)
    for name, target in LINKS.items():
        (data / name).symlink_to(target)
    for name in EMPTY_DIRECTORIES:
        (data / name).mkdir()
    for top, directories, _ in os.walk(directory):
        for name in directories:
            Path(top, name).chmod(0o755)
    return directory / "run.cjs"
