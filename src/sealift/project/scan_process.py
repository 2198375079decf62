"""The process that scans scripts before the trace reaches them; `scan_ahead` starts it.

A message is ``u32 length`` (little-endian) and MessagePack: to the process a list of `ScriptAhead`,
from it as many `ScannedScript`, in the same order. It ends when its input does.
"""

from __future__ import annotations

import gc
import hashlib
import os
import struct
import sys
from typing import IO

import msgspec

from sealift.project.scanning import (
    IS_DATA,
    MAX_SEARCHED,
    find_texts,
    is_data,
    read_references,
    references_question,
    texts_question,
)
from sealift.tools.input_files import NotRegularError, open_real

_LENGTH = struct.Struct("<I")


class ScriptAhead(msgspec.Struct, frozen=True, array_like=True):
    """A script to scan, with what is likely to be asked about it.

    Attributes:
        path: its real path.
        module, of_app: as `read_references` takes them.
        own_texts: as `find_texts` takes it; None if nobody asks for texts.
        largest: bytes; a larger script is not scanned.
    """

    path: bytes
    module: bool | None
    of_app: bool
    own_texts: bool | None
    largest: int


class ScannedScript(msgspec.Struct, frozen=True, array_like=True):
    """What was found in one script.

    Attributes:
        digest: SHA-256 of what was read; empty if it was not scanned.
        results: by question, as MessagePack.
    """

    digest: bytes = b""
    results: dict[str, bytes] = {}


def serve() -> None:
    """Scan the scripts that standard input names until it ends."""
    gc.set_threshold(10_000, 20, 50)  # as in the command line
    decoder = msgspec.msgpack.Decoder(list[ScriptAhead])
    while message := read_message(sys.stdin.buffer):
        scanned = [scan(script) for script in decoder.decode(message)]
        write_message(sys.stdout.buffer, msgspec.msgpack.encode(scanned))


def scan(script: ScriptAhead) -> ScannedScript:
    """Return the answers to the questions about one script."""
    try:
        with open_real(os.fsdecode(script.path)) as stream:
            if os.fstat(stream.fileno()).st_size > script.largest:
                return ScannedScript()
            source = stream.readall()
    except (OSError, NotRegularError):  # the trace reports it
        return ScannedScript()
    module, of_app, own = script.module, script.of_app, script.own_texts
    found: dict[str, object] = {
        IS_DATA: is_data(source),
        references_question(module=module, of_app=of_app, checked=False): read_references(
            source, module=module, of_app=of_app, checked=False
        ),
    }
    if own is not None and len(source) <= MAX_SEARCHED:
        found[texts_question(own=own)] = find_texts(source, own=own)
    results = {}
    for question, result in found.items():
        try:
            results[question] = msgspec.msgpack.encode(result)
        except UnicodeEncodeError:  # half a surrogate pair in a specifier
            continue
    return ScannedScript(hashlib.sha256(source).digest(), results)


def write_message(stream: IO[bytes], body: bytes) -> None:
    """Write one message."""
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes:
    """Return one message; empty if the stream ends."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else b""
