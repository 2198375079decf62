"""Whose source may ship: by licence, by ``--public`` and by ``--public-packages``.

docs/decisions/whose-source-may-ship.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sealift.project.licences import is_public
from sealift.project.package_owners import Owner
from sealift.project.settings import Settings


class Disclosure:
    """Decides for each package whether its source may ship in an executable."""

    def __init__(
        self, *, public: bool, public_packages: Iterable[str], named_scripts: bool = False
    ) -> None:
        """Decide by licences and by three options.

        Args:
            public: the project's own source may ship.
            public_packages: lists, separated by commas, of the names of packages whose source may
                ship; ``*`` stands for all.
            named_scripts: the source of scripts may ship that the program names by their path.
        """
        self.named_scripts = named_scripts
        names = (name.strip() for text in public_packages for name in text.split(","))
        self._public = public
        self._packages = frozenset(name for name in names if name)
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, settings: Settings, *, named_scripts: bool = False) -> Disclosure:
        """Return what a project's settings decide."""
        return cls(
            public=settings.public,
            public_packages=settings.public_packages,
            named_scripts=named_scripts,
        )

    def allows(self, owner: Owner) -> bool:
        """Return True if the source of the owner's files may ship."""
        if owner.directory not in self._known:
            self._known[owner.directory] = self._decide(owner)
        return self._known[owner.directory]

    def _decide(self, owner: Owner) -> bool:
        data = owner.package.data if owner.package is not None else {}
        if owner.is_app:
            return self._public or is_public(data)
        return self.allows_package(data)

    def allows_package(self, data: dict[str, Any]) -> bool:
        """Return True if the source of a package other than the project may ship.

        Args:
            data: its package.json; empty if it has none.
        """
        if "*" in self._packages:
            return True
        name = data.get("name")
        return (isinstance(name, str) and name in self._packages) or is_public(data)
