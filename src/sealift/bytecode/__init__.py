"""V8 bytecode for targets whose Node is never run.

A code cache is compiled by a Node for the host that has the target's V8, outlined once
(`outline`), made independent of what was compiled before it (`settle`) and of its source
(`keep_bytecode`), and moved to each target (`move`) by a table (`MoveTables`) that is made of the
two binaries. `sealift.formats.v8.code_cache` says what is in a cache,
`sealift.bytecode.relocate` what moves.
"""

from __future__ import annotations

from sealift.bytecode.compile import Compilation, compile_scripts, nothing_compiled
from sealift.bytecode.compiler_process import holds_details
from sealift.bytecode.disclosure import count as count_scripts
from sealift.bytecode.disclosure import findings as policy_findings
from sealift.bytecode.disclosure import modules_as_source, refuse_withheld, withheld
from sealift.bytecode.emulators import Emulator, find_emulator, missing_emulator
from sealift.bytecode.normalise import settle
from sealift.bytecode.pin_bytecode import keep_bytecode
from sealift.bytecode.reference_files import pack_outline, unpack_outline
from sealift.bytecode.relocate import MoveTable, move, move_table
from sealift.bytecode.relocate_project import move_scripts
from sealift.bytecode.relocation_tables import MoveTables
from sealift.bytecode.runtime_caches import RuntimeCaches
from sealift.cache.evict import evict
from sealift.formats.v8.code_cache import CacheOutline, outline
from sealift.formats.v8.code_cache_header import source_length
from sealift.formats.v8.facts import V8Facts, read_v8_facts

__all__ = [
    "CacheOutline",
    "Compilation",
    "Emulator",
    "MoveTable",
    "MoveTables",
    "RuntimeCaches",
    "V8Facts",
    "compile_scripts",
    "count_scripts",
    "evict",
    "find_emulator",
    "holds_details",
    "keep_bytecode",
    "missing_emulator",
    "modules_as_source",
    "move",
    "move_scripts",
    "move_table",
    "nothing_compiled",
    "outline",
    "pack_outline",
    "policy_findings",
    "read_v8_facts",
    "refuse_withheld",
    "settle",
    "source_length",
    "unpack_outline",
    "withheld",
]
