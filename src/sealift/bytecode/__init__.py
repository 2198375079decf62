"""V8 bytecode for targets whose Node is never run.

A Node for the host that has the target's V8 compiles a script into a code cache. Its references are
found once (`find_references`). It is made independent of what was compiled before it (`normalise`)
and of its source (`pin_bytecode`), then relocated to each target (`relocate`) by a table
(`RelocationTables`) that is made from the two binaries. `sealift.formats.v8.code_cache` describes a
code cache, `sealift.bytecode.relocate` what differs between targets.
"""

from __future__ import annotations

from sealift.bytecode.compile import Compilation, compile_scripts, nothing_compiled
from sealift.bytecode.compiler_process import embeds_path
from sealift.bytecode.disclosure import count as count_scripts
from sealift.bytecode.disclosure import findings as disclosure_findings
from sealift.bytecode.disclosure import modules_as_source, refuse_undisclosed, undisclosed_scripts
from sealift.bytecode.emulators import Emulator, find_emulator, missing_emulator
from sealift.bytecode.relocate_project import relocate_scripts
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.bytecode.runtime_caches import RuntimeCaches

__all__ = [
    "Compilation",
    "Emulator",
    "RelocationTables",
    "RuntimeCaches",
    "compile_scripts",
    "count_scripts",
    "disclosure_findings",
    "embeds_path",
    "find_emulator",
    "missing_emulator",
    "modules_as_source",
    "nothing_compiled",
    "refuse_undisclosed",
    "relocate_scripts",
    "undisclosed_scripts",
]
