"""The libraries for certificates and signatures, which are an optional dependency."""

from __future__ import annotations

from sealift.signing import messages


def require_libraries() -> None:
    """Raise UsageError ``signing-libraries-missing`` if one of them is not installed."""
    try:
        # It adds a kind of content, which asn1crypto overlooks after it has used another one.
        import asn1crypto.tsp  # noqa: F401
        import cryptography  # noqa: F401
    except ImportError as error:
        raise messages.LIBRARIES_MISSING.error(name=error.name) from error
