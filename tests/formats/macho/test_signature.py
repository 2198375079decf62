"""Ad-hoc signatures: against Apple's own bytes, and against LIEF."""

from __future__ import annotations

import hashlib
import io
import plistlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats.macho.signature import Signer, read_entitlements, sign, signature_size
from sealift.formats.pieces import SignatureHere

ENTITLEMENTS = plistlib.dumps({"com.apple.security.cs.allow-jit": True, "list": ["a", 300, -1]})


def blobs(signature: bytes) -> dict[int, bytes]:
    _, _, count = struct.unpack_from(">III", signature)
    found = {}
    for slot, at in struct.iter_unpack(">II", signature[12 : 12 + 8 * count]):
        found[slot] = signature[at : at + struct.unpack_from(">I", signature, at + 4)[0]]
    return found


@given(
    st.binary(max_size=20_000),
    st.lists(st.integers(1, 9000), max_size=6),
    st.sampled_from([b"", ENTITLEMENTS]),
)
def test_hashing_does_not_depend_on_the_chunks(
    data: bytes, cuts: list[int], entitlements: bytes
) -> None:
    size = signature_size(len(data), "app", entitlements)
    signer = Signer(SignatureHere(size, "app", 77, entitlements))
    at = 0
    for cut in [*cuts, len(data) + 1]:
        signer.update(data[at : at + cut])
        at += cut
    signature = signer.finish()
    assert len(signature) == size
    assert size % 16 == 0
    directory = blobs(signature)[0]
    (hashes,) = struct.unpack_from(">I", directory, 16)
    pages = [data[i : i + 4096] for i in range(0, len(data), 4096)]
    assert directory[hashes:] == b"".join(hashlib.sha256(page).digest() for page in pages)


def test_parts_of_a_plain_signature() -> None:
    found = blobs(sign(bytes(32), 100, "n\u00e4me", 4096))
    assert set(found) == {0, 2, 0x10000}
    directory = found[0]
    assert struct.unpack_from(">9I", directory)[2:9] == (
        *(0x20400, 2, len(directory) - 32, 88, 2, 1, 100),
    )
    assert directory[88:94] == "n\u00e4me".encode() + b"\0"
    assert struct.unpack_from(">QQQ", directory, 64) == (0, 4096, 1)
    requirements = directory[len(directory) - 96 :][:32]
    assert requirements == hashlib.sha256(bytes.fromhex("fade0c010000000c00000000")).digest()


def test_entitlements_have_both_forms_and_are_hashed() -> None:
    signature = sign(bytes(32), 100, "app", 4096, ENTITLEMENTS)
    found = blobs(signature)
    assert found[5][8:] == ENTITLEMENTS
    directory = found[0]
    (hashes,) = struct.unpack_from(">I", directory, 16)
    for slot in (5, 7):
        assert directory[hashes - 32 * slot :][:32] == hashlib.sha256(found[slot]).digest()
    # From X.690: 70 { 02 01 01, b0 { 30 { 0c key, 01 01 ff }, 30 { 0c "list", 30 {...} } } }
    jit = b"\x30\x24\x0c\x1fcom.apple.security.cs.allow-jit\x01\x01\xff"
    items = b"\x30\x12\x0c\x04list\x30\x0a\x0c\x01a\x02\x02\x01\x2c\x02\x01\xff"
    pairs = jit + items
    values = b"\xb0" + bytes([len(pairs)]) + pairs
    assert found[7][8:] == b"\x70" + bytes([3 + len(values)]) + b"\x02\x01\x01" + values
    assert read_entitlements(io.BytesIO(b"xx" + signature), 2, len(signature)) == ENTITLEMENTS


def test_der_entitlements_equal_apples(node_binary) -> None:
    path = node_binary("26", "macos", "arm64")
    with path.open("rb") as file:
        file.seek(16)
        count, size = struct.unpack("<II", file.read(8))
        commands = file.seek(32) and file.read(size)
        at = 0
        for _ in range(count):
            kind, length = struct.unpack_from("<II", commands, at)
            if kind == 0x1D:
                offset, size = struct.unpack_from("<II", commands, at + 8)
            at += length
        entitlements = read_entitlements(file, offset, size)
        file.seek(offset)
        apple = blobs(file.read(size))
    assert b"com.apple.security.cs.allow-jit" in entitlements
    ours = blobs(sign(b"", 0, "node", 1, entitlements))
    assert (ours[5], ours[7]) == (apple[5], apple[7])


@pytest.mark.parametrize(
    "entitlements",
    [
        b"no XML",
        b"<plist><array/></plist>",
        b"<plist><dict><key>a</key></dict></plist>",
        b"<plist><dict><key>a</key><data>AAAA</data></dict></plist>",
        b"<plist><dict><key>a</key><date>x</date></dict></plist>",
        b"<plist><dict><integer>x</integer></dict></plist>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><plist><dict/></plist>',
        b"<plist>" + b"<array>" * 5000 + b"</array>" * 5000 + b"</plist>",
        b"<plist><dict><key>a</key>" + b"<array>" * 3000 + b"</array>" * 3000 + b"</dict></plist>",
    ],
    ids=lambda value: value[:30].decode(),
)
def test_invalid_entitlements_are_refused(entitlements: bytes) -> None:
    with pytest.raises(FormatError, match=r"[Ee]ntitlement"):
        signature_size(1, "app", entitlements)


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 300))
def test_reading_entitlements_from_random_bytes(data: bytes, offset: int, size: int) -> None:
    good = sign(b"", 0, "a", 1, ENTITLEMENTS)
    for content in (data, good[:60] + data, good[:12] + data + good):
        try:
            read_entitlements(io.BytesIO(content), offset, size)
            read_entitlements(io.BytesIO(content), 0, len(content))
        except FormatError as error:
            assert error.remedy
