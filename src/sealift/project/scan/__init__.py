r"""What one JavaScript file refers to: modules, files beside it, workers, scripts.

``find_references(source, module=None)`` is a pure function of the file's bytes::

    references = find_references(path.read_bytes(), module=None)

It raises no errors. Code that cannot be parsed is in ``problems``; what could be read around it is
still reported.

How it works:

1. The words from which every reference starts are looked up in the bytes (`seeds`). A file without
   one is not parsed.
2. In a larger file, every ``{...}`` body without a seed is emptied before parsing (`prune`). Of
   typescript's 9 MB little is left, and no reference can be lost.
3. Each seed is traced (`value_flow`) to the largest expression whose value is still known
   (`analysis`, and `expressions` with what it imports), to the calls that it makes (`calls`,
   `guards`), and to what becomes of it (`sinks`, `uses`, `escapes`).
4. If a name that matters is used or assigned in a part that was left out, the analysis is repeated
   with more of the source (`scanner`).

Every step takes time in proportion to the size of the file, and has an explicit limit.

Identifiers written with escapes (``r\u0065quire``) and code that ``eval`` makes are not seen.
"""

from sealift.project.scan.conventions import read_from_working_directory
from sealift.project.scan.data_scripts import is_data
from sealift.project.scan.extension_handlers import extension_handlers
from sealift.project.scan.function_texts import own_function_texts, taken_function_texts
from sealift.project.scan.package_loaders import loaded_by_packages
from sealift.project.scan.resolution_hooks import line_of_resolution_hook
from sealift.project.scan.scanner import find_references, has_module_syntax, syntax_problems
from sealift.project.scan.static_handlers import served_from_working_directory

__all__ = [
    "extension_handlers",
    "find_references",
    "has_module_syntax",
    "is_data",
    "line_of_resolution_hook",
    "loaded_by_packages",
    "own_function_texts",
    "read_from_working_directory",
    "served_from_working_directory",
    "syntax_problems",
    "taken_function_texts",
]
