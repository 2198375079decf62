"""What is inside finished executables, for any platform: `sealift inspect`, `size` and `diff`.

Usage::

    found = inspect_executable(path)              # an Inspection: target, Node, packages, files
    count = unpack_executable(path, directory)
    line = size_advice(found)
    write_page(page, size_page(path.name, found))
    changes = compare_executables(before, after)  # a Difference

All raise `sealift.errors.SealiftError` for a file that is no executable of sealift.
"""

from sealift.inspection.advice import size_advice
from sealift.inspection.contents import (
    Form,
    InspectedFile,
    InspectedPackage,
    Inspection,
    embedded_sbom,
    embedded_spdx,
    inspect_executable,
    unpack_executable,
)
from sealift.inspection.difference import (
    Change,
    Difference,
    FileChange,
    PackageChange,
    compare_executables,
    count_changes,
)
from sealift.inspection.opened_executable import opened_programs, programs_in
from sealift.inspection.treemap_page import size_page, write_page

__all__ = [
    "Change",
    "Difference",
    "FileChange",
    "Form",
    "InspectedFile",
    "InspectedPackage",
    "Inspection",
    "PackageChange",
    "compare_executables",
    "count_changes",
    "embedded_sbom",
    "embedded_spdx",
    "inspect_executable",
    "opened_programs",
    "programs_in",
    "size_advice",
    "size_page",
    "unpack_executable",
    "write_page",
]
