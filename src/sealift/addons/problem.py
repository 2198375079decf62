"""Why a target does not get the native code of a package."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sealift.findings import Finding, FindingMessage, Severity


class Problem(Struct, frozen=True):
    """A finding that still lacks the package and the platform that it is about.

    Attributes:
        message: has the placeholders ``{package}`` and ``{platform}``.
        values: names and values of its other placeholders.
    """

    message: FindingMessage
    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, message: FindingMessage, **values: object) -> Problem:
        """Return the problem with the values of the message's other placeholders."""
        return cls(message, tuple((name, str(value)) for name, value in values.items()))

    def finding(self, severity: Severity, file: str, package: str, platform: str) -> Finding:
        """Return the finding about a package and a platform.

        Args:
            severity, file: of the finding.
            package: name of the package; "" for a file of a project without a package.json.
            platform: such as ``linux-x64``.
        """
        values: dict[str, Any] = dict(self.values)
        return self.message.finding(
            severity, file=file, package=package or "The project", platform=platform, **values
        )
