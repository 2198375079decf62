"""The change that lets Node find its packaged files on FreeBSD.

``deps/postject/postject-api.h`` looks for the note with the blob among the program headers of the
running program where ``__linux__`` is defined; on FreeBSD the answer is that there is none. All
that this takes is there in FreeBSD's ``<link.h>``: ``dl_iterate_phdr``, whose first answer is the
program itself, and ``ElfW`` (``sys/elf_generic.h``, since 13.1).

A mark tells such a Node from others. The text of the note's name does not: from Node 25.5 on it is
also in ``--build-sea``, which writes blobs and does not look for them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sealift.errors import NodeError
from sealift.formats.node_facts import FREEBSD_MARK

CHANGED_FILE = "deps/postject/postject-api.h"
_ASKS = re.compile(r"^#(?:el)?if defined\(__linux__\)$", re.MULTILINE)
_SYSTEM = "__linux__"
_BEGINS = "  struct dl_phdr_info main_program_info;\n"
# Read as the fuse is, so that no compiler and no linker leaves it out.
_MARK = f"""\
  static const volatile char* sealift_mark = "{FREEBSD_MARK.decode()}";
  if (*sealift_mark == 0) return NULL;
"""
DIGEST = hashlib.sha256(f"{_ASKS.pattern} {_BEGINS} {_MARK}".encode()).hexdigest()
"""Of the change itself."""


def change(tree: Path) -> None:
    """Change a source tree of Node so that its blob is found on FreeBSD.

    If somebody else's patch has done that already, only the mark is added.

    Raises:
        NodeError: the file is not as it is known.
    """
    file = tree / CHANGED_FILE
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise _unknown(tree, f"{CHANGED_FILE} cannot be read: {error.strerror}") from error
    if "__FreeBSD__" not in text:
        text, count = _ASKS.subn(lambda found: f"{found[0]} || defined(__FreeBSD__)", text)
        if count == 0 or count != text.count(_SYSTEM):
            raise _unknown(tree, f"{CHANGED_FILE} asks for Linux in another way than is known")
    if text.count(_BEGINS) != 1:
        raise _unknown(tree, f"{CHANGED_FILE} looks for the blob in another way than is known")
    file.write_text(text.replace(_BEGINS, _MARK + _BEGINS), "utf-8", newline="\n")


def _unknown(tree: Path, reason: str) -> NodeError:
    return NodeError(
        "source-tree-refused",
        "Node for FreeBSD must be changed, or it would never find its packaged files, and the"
        f" source in {tree} cannot be: {reason}.",
        "Use the source of a release, without changes to that file (--node-src, --node-patch).",
    )
