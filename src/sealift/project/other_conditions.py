"""The other main file of packages that have one for `import` and one for `require`.

A package that code imports by its name may be required by a computed name, too, or the other way
round. That is possible in packages whose code loads something unproven; in all others, only the
file that the specifier resolves to is packaged.
"""

from __future__ import annotations

import os

from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project.package_exports import ResolutionError
from sealift.project.specifiers import package_name_of
from sealift.project.trace import Need, Trace, TracedFile

_OTHER = {
    ResolutionKind.REQUIRE: ResolutionKind.IMPORT,
    ResolutionKind.IMPORT: ResolutionKind.REQUIRE,
}


def add_other_conditions(trace: Trace) -> None:
    """Package what the specifiers of packages resolve to where code loads something unproven."""
    for file in list(trace.files.values()):
        if file.need is not Need.INCLUDED:
            _add_of_file(trace, file)


def _add_of_file(trace: Trace, file: TracedFile) -> None:
    for (kind, specifier), target in list(file.resolutions.items()):
        other = _OTHER[kind]
        hidden = trace.hidden_loads.get((file.owner.directory, other))
        if hidden is None or not target or not package_name_of(specifier):
            continue
        try:
            resolved = trace.resolver.resolve(other, specifier, os.path.dirname(file.path))
        except ResolutionError:
            continue
        if resolved.path and resolved.path != target:
            reason_kind = (
                ReasonKind.REQUIRE if other is ResolutionKind.REQUIRE else ReasonKind.IMPORT
            )
            trace.add(
                resolved.path,
                Reason(reason_kind, hidden.parent, hidden.line, specifier),
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
            )
