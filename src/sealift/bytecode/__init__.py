"""V8 bytecode for targets whose Node never runs on the host.

A Node for the host that has the target's V8 compiles a script into a code cache
(`compiler_process`). Its references into the read-only heap are found
(`sealift.formats.v8.code_cache`). It is made independent of what was compiled before it
(`normalise`) and of its source (`pin_bytecode`), kept (`compiled_scripts`), and relocated to each
target (`relocate`) by a table that is made from the two binaries (`relocation_tables`)::

    compilation = compile_scripts(project, node, wrapper, cache, work, ...)
    bytecode, findings = relocate_scripts(project, compilation, target, tables, path, ...)

docs/how-bytecode-relocation-works.md explains the ideas.
"""

from __future__ import annotations

from sealift.bytecode.compile import Compilation, compile_scripts, nothing_compiled
from sealift.bytecode.compiler_process import embeds_path
from sealift.bytecode.disclosure import (
    count_scripts,
    disclosure_findings,
    modules_as_source,
    refuse_undisclosed,
    undisclosed_scripts,
)
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
