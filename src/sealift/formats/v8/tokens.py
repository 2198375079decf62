"""The tokens with which V8 serialises heap objects, by the magic number of their format.

``SerializerDeserializer::Bytecode`` in src/snapshot/serializer-deserializer.h. A token is one byte
and its operands; it fills slots of the object that is being read (a slot is a word of 8 bytes)::

    V8 11  later
    00-02  00-03  new object: Uint30 size in words; its slots follow, the first of them is its map
    03     04     back reference: Uint30 number of the object, counted from the first
    04     05     read-only object: Uint30 page, Uint30 offset in the page's chunk
    05     06     object in the start-up object cache: Uint30
    06     07     root: Uint30 index
    07     08     attached reference: Uint30
    08     -      object in the read-only object cache: Uint30
    09     09     object in the shared heap's object cache: Uint30
    0a     0a     nothing
    0b     0b     synchronize: end of a section
    1d     -      new map of maps: only in a new object, as its map
    40-5f         root 0 to 31
    60-7f         raw data of 1 to 32 words
    80-8f         a repetition, 2 to 17 times
    90-97         hot object 0 to 7

All other tokens have a different number in each format; the formats are listed below. In the older
formats a repetition repeats the next token; later it repeats a root, named by one byte.

Node disables pointer compression and the sandbox. The tokens that only they need are unknown here,
so that every reader refuses them.
"""

from __future__ import annotations

from msgspec import Struct

from sealift.formats import messages

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


class TokenTable(Struct, frozen=True, kw_only=True):
    """The differences between the formats; fields without a description are numbers of tokens.

    Attributes:
        v8: V8's major and minor version, for messages.
        checksum: snapshots and code caches contain the checksum of the read-only part.
        read_only_tokens: the read-only part consists of these tokens too, not of pages.
        repeats_roots: a repetition names a root; otherwise the token to repeat follows it.
        allocates_at_addresses: the read-only part has one more opcode, for pages at fixed places.
        read_only_size: the read-only part ends with its size.
        startup_numbers: Uint30s in front of the first root of the start-up part.
        bytecode_map: root that is the map of BytecodeArray; None if that has no padding.
        function_map, script_map, class_map: roots that are the map of SharedFunctionInfo, of Script
            and of ClassPositions.
        scope_map: root that is the map of ScopeInfo; None if initializers are not read
            (`sealift.formats.v8.code_cache`).
        function_numbers: a SharedFunctionInfo ends with a word that has its number in the process.
        behind_script_number: words of a Script behind the one that has its number.
    """

    v8: str
    checksum: bool = True
    read_only_tokens: bool = False
    repeats_roots: bool
    allocates_at_addresses: bool
    read_only_size: bool
    startup_numbers: int
    bytecode_map: int | None
    function_map: int
    script_map: int
    class_map: int
    scope_map: int | None
    function_numbers: bool = True
    behind_script_number: int
    new_object_last: int = 0x03
    back_reference: int = 0x04
    read_only_reference: int = 0x05
    startup_cache: int = 0x06
    root: int = 0x07
    attached_reference: int = 0x08
    read_only_cache: int | None = None
    shared_heap_cache: int = 0x09
    variable_raw: int
    api_reference: int
    external_reference: int
    cleared_weak_reference: int
    weak_prefix: int
    register_pending: int
    resolve_pending: int
    new_map_of_maps: int | None = None
    protected_prefix: int | None
    allocate_dispatch_entry: int | None
    dispatch_entry: int | None


_V8_11_3 = TokenTable(
    v8="11.3",
    checksum=False,
    read_only_tokens=True,
    repeats_roots=False,
    allocates_at_addresses=False,
    read_only_size=False,
    startup_numbers=0,
    bytecode_map=None,
    function_map=20,
    script_map=680,
    class_map=666,
    scope_map=None,
    function_numbers=False,
    behind_script_number=9,
    new_object_last=0x02,
    back_reference=0x03,
    read_only_reference=0x04,
    startup_cache=0x05,
    root=0x06,
    attached_reference=0x07,
    read_only_cache=0x08,
    variable_raw=0x10,
    api_reference=0x11,
    external_reference=0x12,
    cleared_weak_reference=0x18,
    weak_prefix=0x19,
    register_pending=0x1B,
    resolve_pending=0x1C,
    new_map_of_maps=0x1D,
    protected_prefix=None,
    allocate_dispatch_entry=None,
    dispatch_entry=None,
)
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
    scope_map=None,
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
    scope_map=19,
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
    scope_map=79,
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
    0xC0DE05CC: _V8_11_3,
    0xC0DE0628: _V8_12_4,
    0xC0DE0688: _V8_13_6,
    0xC0DE0689: _V8_13_6,
    0xC0DE06A9: _V8_14_6,
    0xC0DE06AA: _V8_14_6,
    0xC0DE06AB: _V8_14_6,
}
"""Known formats. The magic's low half is the number of external references, which also changes
between releases of one V8 version (``SerializedData::kMagicNumber``)."""


def token_table(magic: int, owner: str = "A code cache", v8_version: str = "") -> TokenTable:
    """Return the tokens of a format.

    Args:
        magic: its number.
        owner: the file that has it, for the message.
        v8_version: of the owner, if known: another V8 may have the same number by chance.

    Raises:
        FormatError: ``v8-format-unknown``: no format with this magic number is known.
    """
    table = TOKENS.get(magic)
    if table is None or (v8_version and not v8_version.startswith(f"{table.v8}.")):
        raise messages.V8_FORMAT_UNKNOWN.error(
            owner=owner,
            magic=f"{magic:#010x}",
            known=", ".join(dict.fromkeys(table.v8 for table in TOKENS.values())),
        )
    return table
