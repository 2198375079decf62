"""Write a ``.deb``: an ar archive of a version, a control archive and a data archive.

Source: deb(5), deb-control(5), Debian Policy 5. An ar member (ar(5)) has a header of 60 bytes, text
padded with spaces: 16 name, 12 time, 6 user, 6 group, 8 mode in octal, 10 size, and "`" and a line
feed; it starts at an even offset.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sealift.distribution.archives import write_tar_gz
from sealift.distribution.contents import Entry, installed_entries, needed_libraries
from sealift.distribution.details import Details
from sealift.distribution.kinds import DEBIAN_ARCHES
from sealift.target_build import TargetBuild
from sealift.tools.input_files import open_regular

_LIBRARIES = {
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libatomic.so.1": "libatomic1",
}
_C_LIBRARY = "libc6 (>= 2.28)"  # of Node's builds for linux: docs/targets.md
_CHUNK = 1 << 20


def write_deb(file: BinaryIO, details: Details, build: TargetBuild, work: Path) -> None:
    """Write the package of one executable for Debian and its derivatives.

    Args:
        work: a directory for the data archive, whose size must be known before it is written.
    """
    entries = installed_entries(details, build)
    control, sums = io.BytesIO(), _md5_sums(entries)
    files = [
        Entry("control", data=_control(details, build, entries)),
        Entry("md5sums", data=sums),
    ]
    write_tar_gz(control, files, details.time, prefix="./")
    data = work / "data.tar.gz"
    with data.open("w+b") as stream:
        write_tar_gz(stream, entries, details.time, prefix="./")
        size = stream.tell()
        stream.seek(0)
        file.write(b"!<arch>\n")
        for name, content, length in (
            ("debian-binary", io.BytesIO(b"2.0\n"), 4),
            ("control.tar.gz", control, len(control.getvalue())),
            ("data.tar.gz", stream, size),
        ):
            content.seek(0)
            header = f"{name:<16}{details.time:<12}{0:<6}{0:<6}{'100644':<8}{length:<10}`\n"
            file.write(header.encode("ascii"))
            shutil.copyfileobj(content, file, _CHUNK)
            file.write(b"\n" * (length % 2))
    data.unlink()


def _control(details: Details, build: TargetBuild, entries: Sequence[Entry]) -> bytes:
    size = sum(entry.source.stat().st_size for entry in entries if entry.source)
    fields = {
        "Package": details.name,
        "Version": details.system_version,
        "Architecture": DEBIAN_ARCHES[build.target.arch],
        "Maintainer": details.maintainer,
        "Installed-Size": str(-(-size // 1024)),
        "Depends": ", ".join(_dependencies(build)),
        "Section": "misc",
        "Priority": "optional",
        "Homepage": details.homepage,
        "Description": details.description,
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value).encode()


def _dependencies(build: TargetBuild) -> list[str]:
    """Return the packages with the libraries that the executable needs."""
    needed = needed_libraries(build).needed
    if not needed:
        return []
    return [_C_LIBRARY, *(_LIBRARIES[name] for name in needed if name in _LIBRARIES)]


def _md5_sums(entries: Sequence[Entry]) -> bytes:
    """Return the digests by which dpkg finds changed files."""
    lines = []
    for entry in entries:
        if entry.is_directory or entry.link:
            continue
        digest = hashlib.md5(entry.data, usedforsecurity=False)
        if entry.source:
            with open_regular(entry.source) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        lines.append(f"{digest.hexdigest()}  {entry.path}\n")
    return "".join(lines).encode()
