"""Have Apple's notary service check executables for macOS, over its web interface.

`notarize` sends signed executables in an archive and waits for Apple's decision; `follow` waits for
that of an earlier submission. The key is one of App Store Connect. The libraries that sign with it
are imported only if something is notarised.
"""

from sealift.notarization.submission import NotaryOptions, Outcome, follow, notarize

__all__ = ["NotaryOptions", "Outcome", "follow", "notarize"]
