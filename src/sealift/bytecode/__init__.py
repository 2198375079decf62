"""V8 bytecode for targets whose Node never runs on the host.

A Node for the host that has the target's V8 compiles a script into a code cache
(`compiler_process`). Its references into the read-only heap are found
(`sealift.formats.v8.code_cache`). It is made independent of what was compiled before it
(`normalise`) and of its source (`pin_bytecode`), kept (`compiled_scripts`), and relocated to each
target (`relocate`) by a table that is made from the two binaries (`relocation_tables`)::

    compilation = compile_scripts(project, node, wrapper, cache, work, target=target, ...)
    bytecode, findings = relocate_scripts(project, compilation, target, tables, path, ...)
    counts = count_scripts(project, bytecode)

Targets with equal `compilation_key` share one compilation.

docs/how-bytecode-relocation-works.md explains the ideas.
"""

from __future__ import annotations

from sealift.bytecode.compile import (
    Compilation,
    compile_scripts,
    nothing_compiled,
    unsupported_release,
)
from sealift.bytecode.compile_natively import compile_natively
from sealift.bytecode.compiler_pool import CompilerPool, asked_script
from sealift.bytecode.disclosure_findings import (
    count_scripts,
    disclosure_findings,
    modules_as_source,
    refuse_undisclosed,
    undisclosed_scripts,
    with_all_sources,
    with_certain_texts,
)
from sealift.bytecode.emulators import missing_emulator
from sealift.bytecode.relocate_project import relocate_scripts
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.bytecode.runtime_caches import RuntimeCaches
from sealift.bytecode.sample_start import RecordedStart, record_start
from sealift.bytecode.target_support import compilation_key, embeds_path, runs_bytecode

__all__ = [
    "Compilation",
    "CompilerPool",
    "RecordedStart",
    "RelocationTables",
    "RuntimeCaches",
    "asked_script",
    "compilation_key",
    "compile_natively",
    "compile_scripts",
    "count_scripts",
    "disclosure_findings",
    "embeds_path",
    "missing_emulator",
    "modules_as_source",
    "nothing_compiled",
    "record_start",
    "refuse_undisclosed",
    "relocate_scripts",
    "runs_bytecode",
    "undisclosed_scripts",
    "unsupported_release",
    "with_all_sources",
    "with_certain_texts",
]
