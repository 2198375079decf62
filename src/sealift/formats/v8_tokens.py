"""Tokens that V8 serialises heap objects with, by the magic number of their format.

``SerializerDeserializer::Bytecode`` in src/snapshot/serializer-deserializer.h. A token is one byte
and its operands; it fills slots of the object that is being read (a slot is a word of 8 bytes)::

    00-03  new object: Uint30 size in words; its slots follow, the first of them is its map
    04     back reference: Uint30 number of the object, counted from the first
    05     read-only object: Uint30 page, Uint30 offset in the page's chunk
    06     object in the start-up object cache: Uint30          09  in the shared heap cache: Uint30
    07     root: Uint30 index                                   08  attached reference: Uint30
    0a     nothing                                              0b  synchronize: end of a section
    40-5f  root 0 to 31          60-7f  raw data of 1 to 32 words      90-97  hot object 0 to 7
    80-8f  a root, 2 to 17 times

The other tokens have other numbers in every format, so the formats are listed below. In the oldest
one, what is repeated is the next token; later it is a root, named by one byte.

Pointer compression and the sandbox are off in Node, so the tokens that only they need are unknown
here, which makes every reader refuse them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sealift.errors import FormatError

NEW_OBJECT_LAST = 0x03
BACK_REFERENCE = 0x04
READ_ONLY_REFERENCE = 0x05
STARTUP_CACHE = 0x06
ROOT = 0x07
ATTACHED_REFERENCE = 0x08
SHARED_HEAP_CACHE = 0x09
NOTHING = 0x0A
SYNCHRONIZE = 0x0B
REPEAT = 0x0C
ROOT_0 = 0x40
RAW_1 = 0x60
REPEAT_2 = 0x80
HOT_0 = 0x90
HOT_OBJECTS = 8
SHORTEST_VARIABLE_REPEAT = 18

WORD = 8
"""Bytes of a slot."""


@dataclass(frozen=True, slots=True)
class TokenTable:
    """What differs between the formats.

    Attributes:
        v8: V8's major and minor version, for people.
        repeats_roots: a repeat names a root; else it is followed by the token to repeat.
        allocates_at_addresses: the read-only part has one more opcode, for pages at fixed places.
        read_only_size: the read-only part ends with its size.
        startup_numbers: Uint30s in front of the first root of the start-up part.
        bytecode_map, function_map, script_map, class_map: roots that are the map of BytecodeArray,
            of SharedFunctionInfo, of Script and of ClassPositions.
        behind_script_number: words of a Script behind the one that has its number.
    """

    v8: str
    repeats_roots: bool
    allocates_at_addresses: bool
    read_only_size: bool
    startup_numbers: int
    bytecode_map: int
    function_map: int
    script_map: int
    class_map: int
    behind_script_number: int
    variable_raw: int
    api_reference: int
    external_reference: int
    cleared_weak_reference: int
    weak_prefix: int
    register_pending: int
    resolve_pending: int
    protected_prefix: int
    allocate_dispatch_entry: int | None
    dispatch_entry: int | None


_V8_12_4 = TokenTable(
    v8="12.4",
    repeats_roots=False,
    allocates_at_addresses=False,
    read_only_size=False,
    startup_numbers=0,
    bytecode_map=45,
    function_map=20,
    script_map=696,
    class_map=682,
    behind_script_number=9,
    variable_raw=0x10,
    api_reference=0x11,
    external_reference=0x12,
    cleared_weak_reference=0x16,
    weak_prefix=0x17,
    register_pending=0x18,
    resolve_pending=0x19,
    protected_prefix=0x1E,
    allocate_dispatch_entry=None,
    dispatch_entry=None,
)
_V8_13_6 = TokenTable(
    v8="13.6",
    repeats_roots=True,
    allocates_at_addresses=True,
    read_only_size=False,
    startup_numbers=3,
    bytecode_map=45,
    function_map=20,
    script_map=960,
    class_map=946,
    behind_script_number=9,
    variable_raw=0x11,
    api_reference=0x12,
    external_reference=0x13,
    cleared_weak_reference=0x17,
    weak_prefix=0x18,
    register_pending=0x19,
    resolve_pending=0x1A,
    protected_prefix=0x21,
    allocate_dispatch_entry=0x1F,
    dispatch_entry=0x20,
)
_V8_14_6 = TokenTable(
    v8="14.6",
    repeats_roots=True,
    allocates_at_addresses=True,
    read_only_size=True,
    startup_numbers=1,
    bytecode_map=49,
    function_map=17,
    script_map=985,
    class_map=971,
    behind_script_number=10,
    variable_raw=0x11,
    api_reference=0x12,
    external_reference=0x13,
    cleared_weak_reference=0x17,
    weak_prefix=0x18,
    register_pending=0x19,
    resolve_pending=0x1A,
    protected_prefix=0x21,
    allocate_dispatch_entry=0x1F,
    dispatch_entry=0x20,
)

TOKENS = {
    0xC0DE0628: _V8_12_4,
    0xC0DE0688: _V8_13_6,
    0xC0DE0689: _V8_13_6,
    0xC0DE06A9: _V8_14_6,
    0xC0DE06AA: _V8_14_6,
    0xC0DE06AB: _V8_14_6,
}
"""Known formats. The magic's low half is the number of external references, which changes from
release to release within one V8 as well (``SerializedData::kMagicNumber``)."""


def token_table(magic: int, owner: str = "A code cache", v8_version: str = "") -> TokenTable:
    """Give the tokens of a format.

    Args:
        magic: its number.
        owner: who has it, for the message.
        v8_version: of the owner, if it is known: by chance, another V8 may have the same number.

    Raises:
        FormatError: ``v8-format-unknown``: no format with this magic number is known.
    """
    table = TOKENS.get(magic)
    if table is None or (v8_version and not v8_version.startswith(f"{table.v8}.")):
        known = ", ".join(dict.fromkeys(table.v8 for table in TOKENS.values()))
        raise FormatError(
            "v8-format-unknown",
            f"{owner} has bytecode of the format {magic:#010x}, which is not known; known are "
            f"those of V8 {known}.",
            "Use a Node release with one of these versions of V8, or ship source.",
        )
    return table
