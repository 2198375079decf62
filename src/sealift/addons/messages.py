"""The findings about native addons.

``{package}`` is ``name@version`` of the package without an addon, ``{platform}`` the target's
platform and architecture, ``{tarball}`` ``name@version`` of a package to fetch, and ``{reason}`` a
clause that follows its subject.
"""

from __future__ import annotations

from sealift.findings import FindingMessage

MISSING_REMEDY = "Fix the problems above, or pass --allow-missing-addons to continue without them."
"""The remedy of an error for all missing addons of a build."""

UNLESS_ALLOWED = "or pass --allow-missing-addons if the program can run without it."
"""Ends the remedy of every finding that fails the build."""

HANDLED = " The code appears to handle its absence."
UNUSED = " No code is known to load the package."
BY_DESIGN = " It has none for this host either, and nothing builds one."
"""Follow the text of a finding that is a warning for one of these reasons."""

# What is installed does not fit.

_BUILD_THERE = "Reinstall the package on {where} and build this target there."
ADDON_FOREIGN = FindingMessage(
    "addon-missing", "{package} has no addon for {platform}: {name} {reason}.", _BUILD_THERE
)
ADDON_MISMATCH = FindingMessage(
    "addon-mismatch",
    "{package} has no addon for {platform}: {name} {reason}.",
    "Reinstall the package on {where} with the target's Node release and build this target there.",
)
ADDON_BROKEN = FindingMessage(
    "addon-broken",
    "{package} has no addon for {platform}: {name} {reason}.",
    "Reinstall the package.",
)
NO_PREBUILD = FindingMessage(
    "addon-missing",
    "{package} has no addon for {platform}: its prebuilds are for other platforms.",
    _BUILD_THERE,
)
NOT_BUILT = FindingMessage(
    "addon-missing",
    "{package} has no addon for {platform}: it has not been built.",
    "Reinstall the package with install scripts enabled.",
)
PROGRAM_MISSING = FindingMessage(
    "program-missing",
    "{package} has no program for {platform}: {name} {reason}.",
    _BUILD_THERE,
)

# Platform packages.

NO_PLATFORM_PACKAGE = FindingMessage(
    "addon-missing",
    "{package} has no addon for {platform}: none of its platform packages supports {platform}.",
    "Remove this target.",
)
NOT_PUBLISHED = FindingMessage(
    "addon-missing",
    "{package} has no addon for {platform}: the registry lacks {count} of its platform packages,"
    " such as {example}.",
    "Use another version of the package, or a registry that has its platform packages.",
)
PACKAGE_FOREIGN = FindingMessage(
    "addon-mismatch",
    "{package} has no addon for {platform}: {tarball} does not support {platform}.",
    "Remove this target.",
)
PACKAGE_MISMATCH = FindingMessage(
    "addon-mismatch",
    "{package} has no addon for {platform}: {name} in {tarball} {reason}.",
    "Use another version of the package.",
)
DEPENDENCY_UNKNOWN = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: no registry has its dependency {dependency}.",
    "Use another version of the package.",
)
LOCKFILE_DISAGREES = FindingMessage(
    "lockfile-disagrees",
    "{package} has no addon for {platform}: {lockfile} lists {name}@{locked}, but {installed} is"
    " installed.",
    "Install what the lockfile lists (`npm ci` does), or update the lockfile.",
)

# Fetching packages.

_NETWORK = "Check the network and the registry settings in .npmrc, then build again."
_ONLINE = "Build once without --offline."
UNKNOWN_OFFLINE = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: --offline prevents asking the registry which package"
    " has it.",
    _ONLINE,
)
NOT_CACHED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {tarball} is not in the cache, and --offline prevents"
    " fetching it.",
    _ONLINE,
)
REGISTRY_FAILED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: the registry cannot be queried: {reason}.",
    _NETWORK,
)
NOT_IN_REGISTRY = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: the registry does not have {tarball}.",
    _NETWORK,
)
FETCH_FAILED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {tarball} cannot be fetched: {reason}.",
    _NETWORK,
)
INTERRUPTED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: the download of {tarball} was interrupted: {reason}.",
    "Build again: it continues the download.",
)
WRONG_INTEGRITY = FindingMessage(
    "addon-integrity",
    "{package} has no addon for {platform}: the fetched {tarball} does not match the integrity in"
    " {recorded_in}.",
    "Check whether the registry, a proxy or the lockfile was changed, then build again.",
)
TARBALL_BROKEN = FindingMessage(
    "addon-broken",
    "{package} has no addon for {platform}: the tarball of {tarball} {reason}.",
    "Use another version of the package, or report the problem to its publisher.",
)
LOST_FROM_CACHE = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: another program removed {tarball} from the cache.",
    "Build again.",
)

# What a package's installer would download.

_OTHER_HOST = (
    "Name a host that has it by npm's setting {setting} (in .npmrc), or use a version of the"
    " package with prebuilds."
)
SETTINGS_UNREADABLE = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: npm's settings, which may name its host, cannot be"
    " read: {reason}.",
    "Fix the settings (`npm config list` shows them), or install npm.",
)
DOWNLOAD_NOT_CACHED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {url} is not in the cache, and --offline prevents"
    " fetching it.",
    _ONLINE,
)
DOWNLOAD_NOT_ENCRYPTED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {url} is not an encrypted (https) address.",
    _OTHER_HOST,
)
DOWNLOAD_FAILED = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {url} cannot be fetched: {reason}.",
    "Check the network connection, or name a host that has it by npm's setting {setting} (in"
    " .npmrc), or use a version of the package with prebuilds.",
)
DOWNLOAD_BROKEN = FindingMessage(
    "addon-unavailable",
    "{package} has no addon for {platform}: {url} {reason}.",
    _OTHER_HOST,
)
DOWNLOAD_MISMATCH = FindingMessage(
    "addon-mismatch",
    "{package} has no addon for {platform}: {name}, downloaded from {url}, {reason}.",
    "Use another version of the package.",
)

# Nothing is missing.

NEEDS_NEWER = FindingMessage(
    "addon-needs-newer",
    "For {platform}: {name} of {package} {reason}.",
    "Use an older version of the package if the program must run on such systems.",
)
STATIC_NODE = FindingMessage(
    "addons-in-static-node",
    "For {platform}: {node} is statically linked and cannot load the {count} native addons of the"
    " project.",
    "Name a dynamically linked Node if the program needs its addons.",
)
FETCHED = FindingMessage(
    "addon-fetched", "For {platform}, packages that are not installed were added: {packages}."
)
DOWNLOADED = FindingMessage("addon-fetched", "For {platform}, {package} gets the addon in {url}.")
