"""What signs the executables of a build, by platform."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from msgspec import Struct

from sealift.model import Project, Role
from sealift.signing.macos import MacosSigner
from sealift.signing.windows import WindowsSigner
from sealift.target import Platform

# asn1crypto prepares its classes when they are first used, which two threads must not do at once.
# Tokens and time servers are asked one thing at a time too.
_SIGNING = Lock()


class Signers(Struct, frozen=True):
    """What signs executables for Windows and for macOS; None if they are not signed."""

    windows: WindowsSigner | None = None
    macos: MacosSigner | None = None

    def sign(self, path: Path, platform: Platform, project: Project) -> bool:
        """Sign the executable at ``path``; return False if executables for ``platform`` are not.

        Raises:
            FormatError, OutputError, OSError, UsageError: as `WindowsSigner.sign` and
                `MacosSigner.sign`.
        """
        if platform is Platform.WIN and self.windows is not None:
            with _SIGNING:
                self.windows.sign(path)
            return True
        if platform is Platform.MACOS and self.macos is not None:
            has_addons = any(file.role is Role.ADDON for file in project.files)
            with _SIGNING:
                self.macos.sign(path, has_addons)
            return True
        return False
