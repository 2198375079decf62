"""The verifier refuses a Windows executable whose signature is damaged or covers something else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import FormatError
from sealift.formats.pe.checksum import Checksum
from sealift.options import Signing
from sealift.signing import open_windows_signer
from sealift.verify import publisher_signature
from sealift.verify.pe import check_pe_signature, verify_pe_alone
from support.certificates import issue, write
from support.equipment import FindNode
from support.signed import unsigned

DIRECTORY = 0x78 + 24 + 112 + 8 * 4  # of the certificate table, in a 64-bit file of `PeBuilder`
CHECKSUM = 0x78 + 24 + 64


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("signed")
    file = unsigned(folder / "app.exe")
    certificate = write(folder / "own.p12", issue("Example Ltd").pkcs12(None))
    open_windows_signer(Signing(certificate), "").sign(file)
    return file.read_bytes()


def table(data: bytes) -> int:
    return int.from_bytes(data[DIRECTORY : DIRECTORY + 4], "little")


def put(at: int, value: int, size: int = 4) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[at : at + size] = value.to_bytes(size, "little")

    return change


def in_table(at: int, value: int, size: int = 4) -> Callable[[bytearray], None]:
    return lambda data: put(table(data) + at, value, size)(data)


def flip(at: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[at] ^= 1

    return change


DAMAGE: dict[str, tuple[str, Callable[[bytearray], None]]] = {
    "a section": ("is not that of the file", flip(0x600)),
    "the time in the headers": ("is not that of the file", flip(0x78 + 8)),
    "its place": ("impossible place", put(DIRECTORY, 0x400)),
    "its alignment": ("impossible place", lambda d: put(DIRECTORY, table(d) + 4)(d)),
    "its size": ("impossible place", put(DIRECTORY + 4, 8)),
    "a huge size": ("impossible place", put(DIRECTORY + 4, 0xFFFFFFF8)),
    "something behind": ("does not end where the file does", lambda d: d.extend(bytes(8))),
    "cut off": ("does not end where the file does", lambda d: d.__delitem__(slice(-8, None))),
    "length of the entry": ("no signature of PKCS #7", in_table(0, 0xFFFF)),
    "kind of the entry": ("no signature of PKCS #7", in_table(6, 1, 2)),
    "length of the signature": ("cut off", in_table(10, 0xFFFF, 2)),
    "form of the signature": ("expected form", in_table(12, 0x31, 1)),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage(signed: bytes, what: str) -> None:
    why, change = DAMAGE[what]
    data = bytearray(signed)
    change(data)
    data[CHECKSUM : CHECKSUM + 4] = bytes(4)
    checksum = Checksum()
    checksum.update(bytes(data))
    data[CHECKSUM : CHECKSUM + 4] = checksum.finish().to_bytes(4, "little")
    with pytest.raises(FormatError, match=why):
        verify_pe_alone(io.BytesIO(data))


def test_every_byte_of_the_signed_content_matters(signed: bytes) -> None:
    """Those in front of the certificates: the digest, its algorithm, the kinds of content."""
    verify_pe_alone(io.BytesIO(signed))
    start = table(signed) + 8
    for at in range(start + 4, start + 130):
        data = bytearray(signed)
        data[at] ^= 0x55
        with pytest.raises(FormatError):
            verify_pe_alone(io.BytesIO(data))


def test_the_signature_of_node_itself(node_binary: FindNode) -> None:
    """Microsoft's own tool made it, with a timestamp of Microsoft's time server."""
    with node_binary("26", "win", "x64").open("rb") as file:
        found = publisher_signature(file, "pe")
        check_pe_signature(file)
    assert found is not None
    assert found[0] == "OpenJS Foundation"
    assert re.fullmatch(r"202\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", found[1])
