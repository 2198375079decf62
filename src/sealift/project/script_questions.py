"""Which questions are asked about a script; they depend on its place in the project."""

from __future__ import annotations

import os
from pathlib import Path

from sealift.project.disclosure import Disclosure
from sealift.project.found_scripts import FoundScript, OnFound
from sealift.project.needs import Need
from sealift.project.roles import LARGE_SCRIPT, declared_module
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace


class ScriptQuestions:
    """The questions about the scripts of one trace.

    ``found``: is called with what `report` describes.
    """

    def __init__(self, trace: Trace, disclosure: Disclosure, found: OnFound | None) -> None:
        self._trace = trace
        self._disclosure = disclosure
        self._found = found

    def module(self, file: TracedFile) -> bool | None:
        """Return whether a script is an ES module; None if its syntax decides."""
        return declared_module(file.path, self._trace.packages.nearest(os.path.dirname(file.path)))

    def report(self, file: TracedFile, *, is_module: bool) -> None:
        """Report a script that was opened."""
        if self._found is not None:
            path, public = file.javascript or Path(file.path), self._disclosure.allows(file.owner)
            self._found(FoundScript(path, file.size, is_module, public))

    def own_texts(self, file: TracedFile) -> bool | None:
        """Return True if uses of the text of functions count, False if only those of others' do.

        Return None if none counts: the text of functions whose source may not ship is not there.
        """
        of_app, is_used = file.owner.is_app, file.need is not Need.INCLUDED
        if not (of_app or is_used):
            return None
        allows = self._disclosure.allows
        if not allows(file.owner):
            return True
        return None if of_app or allows(self._trace.owners.app()) else False

    def needs_no_scan(self, file: TracedFile) -> bool:
        """Return True for a large bundle in a whole package that uses no other package.

        Whatever it refers to is packaged already, and scanning it would take a second.
        """
        return (
            file.need is Need.INCLUDED
            and file.size > LARGE_SCRIPT
            and self._trace.is_whole(file.owner)
            and not file.owner.names("dependencies", "optionalDependencies", "peerDependencies")
        )
