"""Entitlements of macOS programs: rights in a property list, and its DER form.

A property list in XML (plist(5)) is a dictionary of names, such as ``com.apple.security...``, and
booleans, numbers, texts, arrays and dictionaries. macOS 12 and later read it as DER, in the form of
Apple's libCoreEntitlements::

    [APPLICATION 16] { INTEGER 1, [16] { SEQUENCE { UTF8String key, value } ... } }

Keys are sorted. A dictionary as a value is such a [16] again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sealift.errors import FormatError
from sealift.formats import messages

GET_TASK_ALLOW = "com.apple.security.get-task-allow"
"""Other programs may debug this one. Apple notarises no program that has it."""

LARGEST_ENTITLEMENTS = 1 << 20

_BOOLEAN, _INTEGER, _UTF8, _SEQUENCE = b"\x01", b"\x02", b"\x0c", b"\x30"
_WHOLE, _DICTIONARY = b"\x70", b"\xb0"
_Broken = Callable[..., FormatError]
_of_node: _Broken = messages.SIGNATURE_MALFORMED.error


def entitlements_der(xml: bytes) -> bytes:
    """Return the DER form of the entitlements of a signature.

    Raises:
        FormatError: ``signature-malformed``.
    """
    return _der(_WHOLE, _der(_INTEGER, b"\1") + _value(_dictionary(xml, _of_node), _of_node))


def check_entitlements(xml: bytes, name: str) -> None:
    """Raise an error if a file of entitlements cannot be used.

    Args:
        xml: the file's content.
        name: of the file, for messages.

    Raises:
        FormatError: ``entitlements-malformed``.
    """

    def broken(*, why: str) -> FormatError:
        return messages.ENTITLEMENTS_MALFORMED.error(
            name=name, why=why.replace("the entitlements are", "it is")
        )

    if len(xml) > LARGEST_ENTITLEMENTS:
        raise broken(why="it is larger than 1 MiB")
    _value(_dictionary(xml, broken), broken)


def without_debugging(xml: bytes) -> bytes:
    """Return entitlements without the right to be debugged; b"" if none are left.

    Raises:
        FormatError: ``signature-malformed``: they are not a property list.
    """
    import plistlib

    values = _dictionary(xml, _of_node)
    if GET_TASK_ALLOW not in values:
        return xml
    del values[GET_TASK_ALLOW]
    return plistlib.dumps(values, fmt=plistlib.FMT_XML) if values else b""


def _dictionary(xml: bytes, broken: _Broken) -> dict[str, Any]:
    # Imported here because most binaries have no entitlements, and XML is slow to import.
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        values = plistlib.loads(xml.rstrip(b"\0"), fmt=plistlib.FMT_XML)
    except (ExpatError, plistlib.InvalidFileException, ValueError, TypeError, LookupError) as error:
        raise broken(why="the entitlements are not an XML property list") from error
    except (AttributeError, AssertionError, OverflowError, RecursionError) as error:
        # plistlib answers with these to XML that is well-formed but not a property list
        raise broken(why="the entitlements are not a property list") from error
    if not isinstance(values, dict):
        raise broken(why="the entitlements are not a dictionary")
    return values


def _value(value: object, broken: _Broken) -> bytes:
    try:
        return _encoded(value, broken)
    except (RecursionError, UnicodeEncodeError) as error:
        raise broken(why="the entitlements are not a property list") from error


def _encoded(value: object, broken: _Broken) -> bytes:
    if isinstance(value, bool):
        return _der(_BOOLEAN, b"\xff" if value else b"\0")
    if isinstance(value, int):
        return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, str):
        return _der(_UTF8, value.encode())
    if isinstance(value, list):
        return _der(_SEQUENCE, b"".join(_encoded(item, broken) for item in value))
    if isinstance(value, Mapping):
        pairs = sorted((str(key).encode(), item) for key, item in value.items())
        entries = [
            _der(_SEQUENCE, _der(_UTF8, key) + _encoded(item, broken)) for key, item in pairs
        ]
        return _der(_DICTIONARY, b"".join(entries))
    raise broken(why=f"an entitlement of type {type(value).__name__} has no DER form")


def _der(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(length)]) + length + content
