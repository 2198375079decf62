"""The change that lets Node find its packaged files on FreeBSD.

Where ``__linux__`` is defined, ``deps/postject/postject-api.h`` searches the program headers of the
running program for the note with the blob; on FreeBSD it returns that there is none. FreeBSD's
``<link.h>`` has what the search needs: ``dl_iterate_phdr``, which reports the program itself first,
and ``ElfW`` (``sys/elf_generic.h``, since 13.1).

A mark in the binary identifies such a Node. The name of the note does not: from Node 25.5 on,
``--build-sea`` contains it as well, which writes blobs and does not search for them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sealift.errors import NodeError
from sealift.formats.node_facts import FREEBSD_MARK
from sealift.nodes.build.messages import FREEBSD_SOURCE_REFUSED

CHANGED_FILE = "deps/postject/postject-api.h"
_ASKS = re.compile(r"^#(?:el)?if defined\(__linux__\)$", re.MULTILINE)
_SYSTEM = "__linux__"
_BEGINS = "  struct dl_phdr_info main_program_info;\n"
# It is read like the fuse, so that neither compiler nor linker removes it.
_MARK = f"""\
  static const volatile char* sealift_mark = "{FREEBSD_MARK.decode()}";
  if (*sealift_mark == 0) return NULL;
"""
DIGEST = hashlib.sha256(f"{_ASKS.pattern} {_BEGINS} {_MARK}".encode()).hexdigest()
"""Digest of the change itself, in hex."""


def change(tree: Path) -> None:
    """Change a source tree so that Node finds its blob on FreeBSD.

    If one of the user's patches has done that already, only the mark is added.

    Raises:
        NodeError: the file has another form than the known one.
    """
    file = tree / CHANGED_FILE
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise _unknown(tree, f"{CHANGED_FILE} cannot be read: {error.strerror}") from error
    if "__FreeBSD__" not in text:
        text, count = _ASKS.subn(lambda found: f"{found[0]} || defined(__FreeBSD__)", text)
        if count == 0 or count != text.count(_SYSTEM):
            raise _unknown(tree, f"{CHANGED_FILE} tests for Linux in an unknown way")
    if text.count(_BEGINS) != 1:
        raise _unknown(tree, f"{CHANGED_FILE} searches for the blob in an unknown way")
    file.write_text(text.replace(_BEGINS, _MARK + _BEGINS), "utf-8", newline="\n")


def _unknown(tree: Path, reason: str) -> NodeError:
    return FREEBSD_SOURCE_REFUSED.error(tree=tree, reason=reason)
