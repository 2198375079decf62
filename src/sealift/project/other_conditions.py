"""The main file for `require` of packages that have another one for `import`.

A package that code imports by its name may be required by a computed name, too. That is possible
where code of the importing package requires something unproven; elsewhere, only the file that the
specifier resolves to is packaged. Computed names that are imported are not treated so: they are the
paths of the user's files, as a rule, and the files for `import` would add a fifth to some programs.
"""

from __future__ import annotations

import os

from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project.boundary import Asker
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError
from sealift.project.specifiers import package_name_of
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace


def add_required_twins(trace: Trace) -> None:
    """Package what imported packages have for `require`, where code requires something unproven."""
    for file in list(trace.files.values()):
        hidden = trace.hidden_requires.get(file.owner.directory)
        if hidden is not None and file.need is not Need.INCLUDED:
            _add_of_file(trace, file, hidden)


def _add_of_file(trace: Trace, file: TracedFile, hidden: Reason) -> None:
    for (kind, specifier), imported in list(file.resolutions.items()):
        if kind is ResolutionKind.REQUIRE or not imported or not package_name_of(specifier):
            continue
        directory = os.path.dirname(file.path)
        try:
            resolved = trace.resolver.resolve(ResolutionKind.REQUIRE, specifier, directory)
        except ResolutionError:
            continue
        if resolved.path and resolved.path != imported:
            trace.add(
                resolved.path,
                Reason(ReasonKind.REQUIRE, hidden.parent, hidden.line, specifier),
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
                asker=Asker(file.owner, directory, package_name_of(specifier)),
            )
