"""The references in a V8 code cache: everything that relocation changes, found in one pass.

Behind its header (`sealift.formats.v8.code_cache_header`), as ``CodeSerializer`` in
src/snapshot/code-serializer.cc and ``Serializer::SerializeDeferredObjects`` and ``Pad`` write it,
is one slot, the outermost function; then deferred objects; a synchronize token; 3 or more
"nothing" tokens, up to a multiple of 8.

An object is read completely before the slot behind it. So a stack with the number of missing slots
of each object that is being read shows whether all objects are filled to exactly their sizes.

Two numbers in a cache depend on what its process compiled before. They mean nothing to the process
that loads the cache, but make caches of one source differ: the last word of a SharedFunctionInfo
(u32 number of the function, u32 padding of any value) and word 8 of the Script (its number, in the
upper half). A BytecodeArray has padding of any value too: the u32 that follows the first 12 bytes
(size of the frame, numbers of parameters, a register) of the raw data that it ends with. In V8 11
functions have no such numbers, and BytecodeArrays no such padding.

From V8 13 on, a ScopeInfo begins with raw data: u32 flags, u32 0, the numbers of parameters and of
variables, then where the text of the function begins and ends. Flags (``ScopeFlags`` in
src/objects/scope-info.tq): in bits 0 to 3 4 for a function, in 17 to 21 its ``FunctionKind``. The
kinds from ``kClassMembersInitializerFunction`` on are functions that initialise a class, or each
object of it. Their text begins with the first field or static block that they execute. What else
is raw in a ScopeInfo are small integers, whose lower half is 0.
"""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.v8.code_cache_header import CacheHeader, read_cache_header
from sealift.formats.v8.tokens import (
    HOT_0,
    HOT_OBJECTS,
    NOTHING,
    RAW_1,
    REPEAT,
    REPEAT_2,
    ROOT_0,
    SHORTEST_VARIABLE_REPEAT,
    SYNCHRONIZE,
    WORD,
    token_table,
)
from sealift.formats.v8.uint30 import read_uint30

LEAST_PADDING = 3
CLASS_WORDS = 2
_NO_ROOT = -1
_BEFORE_PADDING = 12
_SCOPE_WORDS = 5
_BEFORE_POSITIONS = 3 * WORD
_FUNCTION_SCOPE = 4
_FIRST_INITIALIZER = 24
_broken = messages.V8_CACHE_BROKEN.error

if TYPE_CHECKING:
    U32Array = array[int]
else:
    U32Array = array  # Python 3.11 cannot subscript it, and `sealift.bytecode` evaluates the types


class CacheReferences(Struct, frozen=True):
    """The places in a cache that relocation and `normalise` change; the same for all targets.

    Attributes:
        sha256: digest of the cache.
        magic: of the cache's header.
        checksum: of the read-only snapshot that the cache refers to; 0 in V8 11.
        end: offset behind the synchronize token; padding follows.
        places: every distinct place in the read-only heap that is referred to, in stored form: two
            Uint30s, page and offset.
        positions: offset of every such reference's first Uint30, ascending.
        uses: for every position, the index of its place in ``places``.
        roots: all roots that are named by index (32 and above), ascending.
        functions: in every SharedFunctionInfo, the offset behind its flags and its number in the
            script: of its last word, or (V8 11) of its end.
        scripts: offset of word 8 of every Script.
        paddings: offset of the four bytes of padding in every BytecodeArray; none in V8 11.
        classes: offset of the two words of every ClassPositions: where the text of a class begins
            and ends in the source, small integers (in the upper half).
        initializers: the same for every function that initialises fields or executes static blocks;
            none before V8 13.
    """

    sha256: bytes
    magic: int
    checksum: int
    end: int
    places: tuple[bytes, ...]
    positions: U32Array
    uses: U32Array
    roots: tuple[int, ...]
    functions: U32Array
    scripts: U32Array
    paddings: U32Array
    classes: U32Array
    initializers: U32Array


def find_references(cache: bytes) -> CacheReferences:
    """Return the references in a cache, after checking its complete structure.

    10 MB (the bytecode of 9 MB of source) take some 0.5 s.

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-cache``: it does not follow the layout above.
    """
    header = read_cache_header(cache)
    try:
        found = _read(cache, header)
    except IndexError:
        raise _broken(why="it ends too early, or refers to an object that does not exist") from None
    padding = cache[found.end :]
    if len(padding) not in range(LEAST_PADDING, LEAST_PADDING + WORD) or padding.strip(
        bytes([NOTHING])
    ):
        raise _broken(why="its end is not followed by padding")
    return found


def _read(cache: bytes, header: CacheHeader) -> CacheReferences:
    """Read all tokens. The loop has a million steps for 10 MB, hence its many local variables."""
    table = token_table(header.magic)
    new_object_last, back_reference = table.new_object_last, table.back_reference
    read_only_reference, root_token = table.read_only_reference, table.root
    variable_raw, repeats_roots = table.variable_raw, table.repeats_roots
    cleared_weak = table.cleared_weak_reference
    skipped = (table.weak_prefix, table.protected_prefix, NOTHING)
    register_pending, resolve_pending = table.register_pending, table.resolve_pending
    bytecode_map, function_map = table.bytecode_map, table.function_map
    script_map, class_map, scope_map = table.script_map, table.class_map, table.scope_map
    behind_number = table.behind_script_number
    function_tail = WORD if table.function_numbers else 0
    places: dict[bytes, int] = {}
    positions, uses = array("I"), array("I")
    functions, scripts = array("I"), array("I")
    paddings, classes, initializers = array("I"), array("I"), array("I")
    roots: set[int] = set()
    hot = [_NO_ROOT] * HOT_OBJECTS  # the roots among them
    next_hot = objects = registered = resolved = 0
    missing = 1  # slots missing in the object being read; at first, the outermost slot
    map_root = _NO_ROOT  # the map of that object
    outer: list[tuple[int, int]] = []  # both, of the objects around it
    at = header.size
    while True:
        while not missing and outer:
            missing, map_root = outer.pop()
        if not missing:
            # The outermost slot, or a deferred object, is complete.
            if cache[at] == SYNCHRONIZE:
                break
            if cache[at] > new_object_last:
                raise _unexpected(cache, at)
            missing, map_root = 1, _NO_ROOT
        token = cache[at]
        at += 1
        if token >= RAW_1:
            if token < REPEAT_2:
                words = token - RAW_1 + 1
                at += words * WORD
                missing -= words
                if map_root == bytecode_map and not missing:
                    paddings.append(at - words * WORD + _BEFORE_PADDING)
                elif map_root == function_map and not missing:
                    functions.append(at - function_tail)
                elif map_root == script_map and missing <= behind_number < missing + words:
                    scripts.append(at - (behind_number - missing + 1) * WORD)
                elif map_root == class_map and not missing and words == CLASS_WORDS:
                    classes.append(at - words * WORD)
                elif map_root == scope_map and words >= _SCOPE_WORDS:
                    start = at - words * WORD
                    if _initializes(int.from_bytes(cache[start : start + 4], "little")):
                        initializers.append(start + _BEFORE_POSITIONS)
            elif token >= HOT_0:
                if token >= HOT_0 + HOT_OBJECTS:
                    raise _unexpected(cache, at - 1)
                missing -= 1
            elif repeats_roots:
                roots.add(cache[at])
                at += 1
                missing -= token - REPEAT_2 + 2
            else:
                missing -= token - REPEAT_2 + 1
                _check_repeated(cache, at, root_token)
        elif token >= ROOT_0:
            missing -= 1
        elif token <= read_only_reference or token == root_token:
            # These have a number. Nearly all of them are of one or two bytes.
            start = at
            low = cache[at]
            length = (low & 3) + 1
            number = (
                low if length == 1 else int.from_bytes(cache[at : at + length], "little")
            ) >> 2
            at += length
            missing -= 1
            if token == root_token:
                roots.add(number)
                hot[next_hot] = number
                next_hot = (next_hot + 1) % HOT_OBJECTS
            elif token == back_reference:
                if number >= objects:
                    raise _unexpected(cache, start - 1)
                hot[next_hot] = _NO_ROOT
                next_hot = (next_hot + 1) % HOT_OBJECTS
            elif token <= new_object_last:
                objects += 1
                outer.append((missing, map_root))
                missing = number - 1
                # The map comes first, and is always a root here.
                token = cache[at]
                at += 1
                if ROOT_0 <= token < RAW_1:
                    map_root = token - ROOT_0
                elif token == root_token:
                    map_root, at = read_uint30(cache, at)
                    roots.add(map_root)
                    hot[next_hot] = map_root
                    next_hot = (next_hot + 1) % HOT_OBJECTS
                elif HOT_0 <= token < HOT_0 + HOT_OBJECTS:
                    map_root = hot[token - HOT_0]
                else:
                    map_root = _NO_ROOT
                if map_root == _NO_ROOT:
                    raise _unexpected(cache, at - 1)
            else:
                _, at = read_uint30(cache, at)
                place = cache[start:at]
                positions.append(start)
                uses.append(places.setdefault(place, len(places)))
        elif token in skipped:
            pass
        elif token == variable_raw:
            words, at = read_uint30(cache, at)
            if map_root == bytecode_map and words == missing:
                paddings.append(at + _BEFORE_PADDING)
            at += words * WORD
            missing -= words
        elif token == REPEAT:
            times, at = read_uint30(cache, at)
            times += SHORTEST_VARIABLE_REPEAT
            if repeats_roots:
                roots.add(cache[at])
                at += 1
                missing -= times
            else:
                missing -= times - 1
                _check_repeated(cache, at, root_token)
        elif token == cleared_weak:
            missing -= 1
        elif token == register_pending:
            registered += 1
            missing -= 1
        elif token == resolve_pending:
            number, at = read_uint30(cache, at)
            if number >= registered:
                raise _unexpected(cache, at)
            resolved += 1
        elif token == table.attached_reference:
            number, at = read_uint30(cache, at)
            if number:
                raise _unexpected(cache, at - 1)  # only the source is attached
            missing -= 1
        else:
            raise _unexpected(cache, at - 1)
        if missing < 0:
            raise _broken(why=f"an object is filled beyond its size at {at:#x}")
    if registered != resolved:
        raise _broken(why="some of its forward references are not resolved")
    return CacheReferences(
        sha256=hashlib.sha256(cache).digest(),
        magic=header.magic,
        checksum=header.checksum,
        end=at + 1,
        places=tuple(places),
        positions=positions,
        uses=uses,
        roots=tuple(sorted(roots)),
        functions=functions,
        scripts=scripts,
        paddings=paddings,
        classes=classes,
        initializers=initializers,
    )


def _initializes(flags: int) -> bool:
    """Return whether the flags of a ScopeInfo are of such a function."""
    return flags & 0xF == _FUNCTION_SCOPE and flags >> 17 & 0x1F >= _FIRST_INITIALIZER


def _check_repeated(cache: bytes, at: int, root_token: int) -> None:
    """Raise an error unless the token to repeat fills one slot from something that exists."""
    token = cache[at]
    if (
        not ROOT_0 <= token < RAW_1
        and token != root_token
        and not HOT_0 <= token < HOT_0 + HOT_OBJECTS
    ):
        raise _unexpected(cache, at)


def _unexpected(cache: bytes, at: int) -> FormatError:
    return _broken(why=f"token {cache[at]:#04x} at {at:#x} is not allowed there")
