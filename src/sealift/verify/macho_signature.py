"""Check the code signature of a macOS executable, as the kernel does at its start.

Big-endian (xnu ``cs_blobs.h``, ``ubc_subr.c``). Super blob: magic 0xfade0cc0, length, count, then
(slot, offset) pairs; each blob begins with magic and length. Code directory (slot 0): version 8,
flags 12, hashOffset 16, identOffset 20, nSpecialSlots 24, nCodeSlots 28, codeLimit 32 (u32 each),
hashSize 36, hashType 37, platform 38, pageSize 39 (u8 each), scatterOffset 44, teamOffset 48,
codeLimit64 56, execSegBase 64, execSegLimit 72, execSegFlags 80 (u64 each).

A publisher's signature has flag "hardened runtime" in place of "ad-hoc", u32 runtime 88 and u32 0
at 92 in its code directory, a team after the identifier, a requirement, and a CMS signature of the
code directory; what the latter says of certificates is for macOS to decide.
"""

from __future__ import annotations

import hashlib
import struct
from typing import BinaryIO

from sealift.identity import MacosIdentity
from sealift.verify import macho_image as image_of
from sealift.verify.comparing import read_exactly, wrong
from sealift.verify.der import read_value
from sealift.verify.macho_image import MachImage
from sealift.verify.signed_data import CMS_TIMESTAMP, Signer, check_signer, signed_data

_SUPER_BLOB, _DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_MAGICS = {0: _DIRECTORY, 2: 0xFADE0C01, 5: 0xFADE7171, 7: 0xFADE7172, 0x10000: 0xFADE0B01}
_ADHOC, _HARDENED = 0x2, 0x10000
_MAIN_BINARY = 0x1
_PAGE = 4096
_PAGES_AT_ONCE = 256
_NO_REQUIREMENTS = bytes.fromhex("fade0c01 0000000c 00000000")
_LARGEST_ENTITLEMENTS = 1 << 20
_DEEPEST = 16
_DEBUGGED = "com.apple.security.get-task-allow"
_ENTITLEMENTS, _DER_ENTITLEMENTS, _CMS = 5, 7, 0x10000


def check_signature(
    file: BinaryIO,
    base: BinaryIO,
    image: MachImage,
    original: MachImage,
    identity: MacosIdentity | None = None,
) -> None:
    """Check every hash, and the entitlements: the base's, unless ``identity`` has others.

    Raises:
        FormatError: ``verification-failed``.
    """
    offset, signature = _signature(file, image)
    blobs = _blobs(signature)
    if not {0, 2, _CMS} <= blobs.keys() or set(blobs) - set(_MAGICS):
        raise wrong("its code signature lacks a part")
    for slot, blob in blobs.items():
        if int.from_bytes(blob[:4], "big") != _MAGICS[slot]:
            raise wrong(f"slot {slot} of its code signature has a wrong magic number")
    is_adhoc = len(blobs[_CMS]) == 8
    if is_adhoc != (blobs[2] == _NO_REQUIREMENTS):
        raise wrong("its code signature is neither an ad-hoc one nor a publisher's")
    if not is_adhoc:
        if base is not file:
            raise wrong("its code signature is not an ad-hoc one")
        _signer(blobs)
    name = _check_directory(file, blobs, offset, image.segment(b"__TEXT").file_size)
    if identity and name != identity.identifier.encode():
        raise wrong("its signature has another identifier")
    _check_entitlements(blobs, _wanted(base, original, identity))


def _signature(file: BinaryIO, image: MachImage) -> tuple[int, bytes]:
    command = image.find(image_of.CODE_SIGNATURE, 16)
    if command is None:
        raise wrong("it has no code signature")
    offset, size = struct.unpack_from("<II", command, 8)
    if offset + size > image.size:
        raise wrong("a code signature reaches past the end of its file")
    return offset, read_exactly(file, offset, size)


def _blobs(signature: bytes) -> dict[int, bytes]:
    """Return the blobs by slot, after checking that there are no gaps between them."""
    magic, length, count = struct.unpack(">III", signature[:12].ljust(12, b"\0"))
    end = 12 + 8 * count
    if magic != _SUPER_BLOB or not end <= length <= len(signature):
        raise wrong("its code signature is not a super blob")
    if any(signature[length:]):
        raise wrong("its code signature is not padded with zeros")
    blobs: dict[int, bytes] = {}
    for slot, at in struct.iter_unpack(">II", signature[12:end]):
        size = int.from_bytes(signature[at + 4 : at + 8], "big")
        if at != end or size < 8 or at + size > length or slot in blobs:
            raise wrong("the parts of its code signature overlap or leave gaps")
        blobs[slot] = signature[at : at + size]
        end = at + size
    if end != length:
        raise wrong("its code signature is longer than its parts")
    return blobs


def _check_directory(file: BinaryIO, blobs: dict[int, bytes], limit: int, text_size: int) -> bytes:
    """Check the code directory, and return its identifier."""
    directory = blobs[0]
    if len(directory) < 88:
        raise wrong("its code directory is too short")
    version, flags, hashes, name, specials, pages, code_limit = struct.unpack_from(
        ">7I", directory, 8
    )
    is_adhoc = len(blobs[_CMS]) == 8
    expected_fields = (0x20400, _ADHOC, 88) if is_adhoc else (0x20500, _HARDENED, 96)
    if (version, flags, name) != expected_fields or code_limit != limit:
        raise wrong("its code directory has wrong fields, or does not cover the file")
    team = int.from_bytes(directory[48:52], "big")
    others = directory[40:48] + directory[52:64]
    if directory[36:40] != b"\x20\x02\x00\x0c" or any(others) or is_adhoc != (team == 0):
        raise wrong("its code directory is not of SHA-256 hashes of 4 KiB pages")
    if struct.unpack_from(">3Q", directory, 64) != (0, text_size, _MAIN_BINARY):
        raise wrong("its code directory does not say where its code is")
    if pages != -(-limit // _PAGE) or len(directory) != hashes + 32 * pages:
        raise wrong("its code directory has not one hash for each page")
    if specials != (7 if _ENTITLEMENTS in blobs else 2) or hashes - 32 * specials <= name:
        raise wrong("its code directory has a wrong number of special hashes")
    names_end = hashes - 32 * specials
    if not is_adhoc:
        if not name < team < names_end or not _is_name(directory[team:names_end]):
            raise wrong("its team does not end in NUL")
        names_end = team
    identifier = directory[name:names_end]
    if not _is_name(identifier):
        raise wrong("its identifier does not end in NUL")
    for slot in range(1, specials + 1):
        expected = hashlib.sha256(blobs[slot]).digest() if slot in blobs else bytes(32)
        if directory[hashes - 32 * slot :][:32] != expected:
            raise wrong(f"the hash of slot {slot} of its code signature is wrong")
    file.seek(0)
    at = hashes
    for start in range(0, limit, _PAGE * _PAGES_AT_ONCE):
        data = memoryview(file.read(min(_PAGE * _PAGES_AT_ONCE, limit - start)))
        digests = b"".join(
            hashlib.sha256(data[page : page + _PAGE]).digest()
            for page in range(0, len(data), _PAGE)
        )
        if directory[at : at + len(digests)] != digests:
            raise wrong(f"a page hash after {start:#x} is wrong")
        at += len(digests)
    if at != len(directory):
        raise wrong("its code directory has hashes of pages that are not there")
    return identifier[:-1]


def _is_name(text: bytes) -> bool:
    """Return True if a text is not empty and ends with its only NUL."""
    return len(text) > 1 and text.find(b"\0") == len(text) - 1


def publisher_of(file: BinaryIO, image: MachImage) -> Signer | None:
    """Return who signed ``file``, or None for an ad-hoc signature; page hashes are not compared.

    Raises:
        FormatError: ``verification-failed``: the signature is malformed.
    """
    _, signature = _signature(file, image)
    blobs = _blobs(signature)
    return _signer(blobs) if len(blobs.get(_CMS, b"")) > 8 and 0 in blobs else None


def _signer(blobs: dict[int, bytes]) -> Signer:
    """Check that the CMS signature is one of the code directory, and return who made it."""
    whole, rest = read_value(blobs[_CMS][8:])
    if rest:
        raise wrong("there is something behind its signature")
    return check_signer(signed_data(whole), blobs[0], CMS_TIMESTAMP)


def _wanted(
    base: BinaryIO, original: MachImage, identity: MacosIdentity | None
) -> tuple[bytes, bool]:
    """Return the entitlements to expect, and whether the right to be debugged is not among them."""
    if identity and identity.entitlements is not None:
        return identity.entitlements, False
    wanted = b""
    if original.find(image_of.CODE_SIGNATURE, 16):
        _, signature = _signature(base, original)
        count = int.from_bytes(signature[8:12], "big")
        for slot, at in struct.iter_unpack(">II", signature[12 : 12 + 8 * min(count, 64)]):
            if slot == _ENTITLEMENTS:
                size = int.from_bytes(signature[at + 4 : at + 8], "big")
                wanted = signature[at + 8 : at + size]
    if len(wanted) > _LARGEST_ENTITLEMENTS:
        raise wrong("its entitlements are too long")
    without = identity is not None and not identity.debuggable and _DEBUGGED in _parsed(wanted)
    return wanted, without


def _parsed(xml: bytes) -> dict[str, object]:
    if not xml:
        return {}
    import plistlib

    try:
        values = plistlib.loads(xml.rstrip(b"\0"), fmt=plistlib.FMT_XML)
    except Exception as error:  # plistlib raises many kinds for files that are not property lists
        raise wrong("its entitlements are not a property list") from error
    if not isinstance(values, dict):
        raise wrong("its entitlements are not a dictionary")
    return values


def _check_entitlements(blobs: dict[int, bytes], wanted: tuple[bytes, bool]) -> None:
    """Check that entitlements are the wanted ones, in two forms that are equal."""
    xml, without_debugging = wanted
    expected, found = _parsed(xml), blobs.get(_ENTITLEMENTS, b"")[8:]
    if without_debugging:
        del expected[_DEBUGGED]
        if _parsed(found) != expected:
            raise wrong("its entitlements are not the base's without the right to be debugged")
    elif found != xml:
        raise wrong("its entitlements are not the ones that were requested")
    if (_ENTITLEMENTS in blobs) != (_DER_ENTITLEMENTS in blobs):
        raise wrong("its entitlements are not there in both forms")
    if _ENTITLEMENTS in blobs:
        content, end = _der(blobs[_DER_ENTITLEMENTS], 8, 0x70)
        number, at = _der(content, 0, 0x02)
        values, last = _der(content, at, 0xB0)
        if number != b"\1" or last != len(content) or end != len(blobs[_DER_ENTITLEMENTS]):
            raise wrong("the DER form of its entitlements is malformed")
        if _der_dictionary(values) != expected:
            raise wrong("the two forms of its entitlements differ")


def _der(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """Return the content of the element at ``at``, and the offset of the next one."""
    head = data[at : at + 2]
    if len(head) < 2 or head[0] != tag:
        raise wrong("the DER form of its entitlements has an unexpected element")
    size, start = head[1], at + 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[at + 2 : start], "big")
    if start + size > len(data):
        raise wrong("the DER form of its entitlements is cut off")
    return data[start : start + size], start + size


def _der_dictionary(data: bytes, depth: int = 0) -> dict[str, object]:
    values: dict[str, object] = {}
    at = 0
    while at < len(data):
        pair, at = _der(data, at, 0x30)
        key, value_at = _der(pair, 0, 0x0C)
        value, end = _der_value(pair, value_at, depth)
        if end != len(pair):
            raise wrong("the DER form of its entitlements has more than pairs")
        values[key.decode("utf-8", "replace")] = value
    if list(values) != sorted(values):
        raise wrong("the DER form of its entitlements is not sorted")
    return values


def _der_value(data: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > _DEEPEST:
        raise wrong("the DER form of its entitlements is too deep")
    tag = data[at] if at < len(data) else 0
    content, end = _der(data, at, tag)
    if tag == 0x01:
        return content != b"\0", end
    if tag == 0x02:
        return int.from_bytes(content, "big", signed=True), end
    if tag == 0x0C:
        return content.decode("utf-8", "replace"), end
    if tag == 0xB0:
        return _der_dictionary(content, depth + 1), end
    if tag == 0x30:
        items: list[object] = []
        inner = 0
        while inner < len(content):
            item, inner = _der_value(content, inner, depth + 1)
            items.append(item)
        return items, end
    raise wrong("the DER form of its entitlements has an unknown element")
