"""Errors and findings about Node binaries."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError, UsageError
from sealift.findings import FindingMessage

# Choosing a release.

NOT_CACHED = ErrorMessage(
    NodeError,
    "not-cached",
    "The cache {cache} does not contain Node for {targets}, and --offline allows nothing else.",
    "Run once without --offline, or name binaries with --node-binary TARGET=PATH.",
)
SOURCE_TREE_TOO_OLD = ErrorMessage(
    NodeError,
    "source-tree-version",
    "{path} is the source of Node {version}, which is too old for executables.",
    "Name the source of a newer release with --node-source-tree.",
)
SOURCE_TREE_VERSION = ErrorMessage(
    NodeError,
    "source-tree-version",
    "{path} is the source of Node {version}, but {target} needs another release.",
    "Request that release with -t node{version}-{platform}-{arch}, or name another source with"
    " --node-source-tree.",
)
PROVIDERS_UNREACHABLE = ErrorMessage(
    NodeError,
    "sources-unreachable",
    "No provider of Node binaries answered for {target} ({reasons}).",
    "{remedies}Check the network and its proxy settings, use --offline with the cached binaries, or"
    " name a binary with --node-binary TARGET=PATH.",
)
RELEASE_UNKNOWN = ErrorMessage(
    NodeError,
    "release-unknown",
    "{what}",
    "{request}name a binary with --node-binary {platform}-{arch}=PATH, a folder of binaries with"
    " --node-provider dir:FOLDER, or a mirror that has one with --node-mirror {mirror}; or compile"
    " one with {build}.",
)
PROVIDER_UNAVAILABLE = FindingMessage(
    "source-unavailable",
    "{provider} did not answer which Node releases exist ({reason}); {instead}.",
    "{remedy}",
)
RELEASES_DIFFER = FindingMessage(
    "releases-differ",
    "No release of {range} is available for all targets, so they differ: {releases}.",
    "Name one exactly, such as node24.19.0, or a mirror that has all of them with --node-mirror.",
)
RELEASE_SHARED = FindingMessage(
    "release-shared",
    "The targets share {version}, the newest release of {range} that is available for all of them;"
    " newer ones are {newer}.",
    "Build for a target alone, or name a mirror with --node-mirror, to use a newer release.",
)
NODE_BINARY_UNUSED = FindingMessage(
    "node-binary-unused",
    "The binary named for {named} is not used for {target}, which needs another release.",
    "Request its release with -t, or name a binary for {target}.",
)

# Fetching a binary.

CACHED_BINARY_CHANGED = ErrorMessage(
    NodeError,
    "digest-mismatch",
    "The digest of the cached {path} differs from that of the file that was fetched.",
    "Run once without --offline to fetch it again.",
)
FETCHED_AGAIN = FindingMessage(
    "digest-mismatch",
    "The digest of the cached {path} differed from that of the file that was fetched; it was"
    " fetched again.",
)
DOWNLOAD_FAILED = ErrorMessage(
    NodeError, "download-failed", "Fetching {release} failed ({reason}).", "{remedy}"
)
FETCHED_BINARY_MISMATCH = ErrorMessage(
    NodeError,
    "binary-mismatch",
    "The fetched binary of {release} is not that release: {reason}.",
    "Use another provider or release, and report the fault to the provider.",
)
OPTIONS_REFUSED = ErrorMessage(
    NodeError,
    "options-refused",
    "Node {version} does not start with the embedded options {options}: {reason}.",
    "Correct pkg.options or --options.",
)
TYPE_STRIPPER_MISSING = ErrorMessage(
    NodeError,
    "type-stripper-missing",
    "TypeScript needs Node 24 or newer on this host ({host}), and none is available: {reason}.",
    "Run once without --offline, name one with --node-binary {host}=PATH, or compile the project to"
    " JavaScript first.",
)
HOST_NODE_MISSING = ErrorMessage(
    NodeError,
    "host-node-missing",
    "A JavaScript configuration needs a Node for this host ({host}), and none is available:"
    " {reason}.",
    "Run once without --offline, name one with --node-binary {host}=PATH, or write the settings as"
    " JSON in .pkgrc.json.",
)
COMPILER_MISSING = ErrorMessage(
    NodeError,
    "compiler-missing",
    "Bytecode for Node {version} needs a Node with the same V8 on this host ({host}), and no"
    " provider has one with V8 {v8}.",
    "Name one with --node-binary {host}=PATH, choose another Node release for the targets, or ship"
    " source with --sea or --fallback-to-source.",
)

# Providers.

BUILD_NOT_ENABLED = ErrorMessage(
    UsageError,
    "build-not-asked",
    "--node-source-tree and --node-patch have no effect, because Node is not compiled.",
    "Add --compile-node, or remove --node-source-tree and --node-patch.",
)
PROVIDER_UNKNOWN = ErrorMessage(
    UsageError,
    "source-unknown",
    "'{name}' is not a provider of Node binaries.",
    "Use one of auto, {names}, or dir:PATH for a folder of binaries.",
)
DOWNLOAD_INCOMPLETE = ErrorMessage(
    NodeError,
    "download-incomplete",
    "{tool} reported success, but did not write one {file} for {release}.",
    "Run the command again, or use another provider with --node-provider {other}.",
)
ARCHIVE_REFUSED = ErrorMessage(
    NodeError,
    "archive-refused",
    "The archive of {release} is not usable: {reason}.",
    "Run the command again, because the download may be incomplete, or use another provider or"
    " release.",
)
MIRROR_MALFORMED = ErrorMessage(
    UsageError,
    "mirror-malformed",
    "'{url}' is not the URL of a mirror of Node.",
    "Name an http or https URL, such as {example}.",
)
RELEASE_NOT_LISTED = ErrorMessage(
    NodeError,
    "release-incomplete",
    "{list} lists none of {files}.",
    "Use another release or another provider.",
)
SOURCE_NOT_LISTED = ErrorMessage(
    NodeError,
    "release-incomplete",
    "{list} does not list {file}.",
    "Use another release or mirror, or name the source with --node-source-tree.",
)
MIRROR_DIGEST_MISMATCH = ErrorMessage(
    NodeError,
    "digest-mismatch",
    "The SHA-256 of {url} is {actual}, but SHASUMS256.txt lists {expected}.",
    "Run the command again or use another mirror; do not trust this mirror if the error remains.",
)
GPGV_MISSING = ErrorMessage(
    NodeError,
    "gpgv-missing",
    "The signature of {what} cannot be checked, because gpgv is not installed.",
    "Install GnuPG's gpgv, or remove --node-keyring.",
)
KEYRING_MISSING = ErrorMessage(
    NodeError,
    "keyring-missing",
    "The key ring {keyring} does not exist.",
    "Name an existing key ring with --node-keyring.",
)
SIGNATURE_REFUSED = ErrorMessage(
    NodeError,
    "signature-refused",
    "The signature of {what} is not by a key of {keyring}: {reason}.",
    "Use the key ring of Node's release team (binary, not armored) or another mirror.",
)
NPM_NOT_CACHED = ErrorMessage(
    NodeError,
    "npm-missing",
    "This host has no npm, and the cache does not contain one.",
    "Install Node, or run once without --offline.",
)
NPM_NOT_FETCHED = ErrorMessage(
    NodeError, "npm-missing", "No npm client is available ({reason}).", "{remedy}"
)

# Binaries of the user, and checking a binary.

FOLDER_NOT_NAMED = ErrorMessage(
    UsageError,
    "folder-missing",
    "--node-provider dir: does not name a folder of Node binaries.",
    "Name an existing folder with --node-provider dir:PATH.",
)
FOLDER_UNREADABLE = ErrorMessage(
    UsageError,
    "folder-missing",
    "The folder of Node binaries {path} cannot be read: {reason}.",
    "Name an existing folder with --node-provider dir:PATH.",
)
FOLDER_LACKS_BINARY = ErrorMessage(
    NodeError,
    "release-unknown",
    "No Node binary in {path} is for {target}; {content}.",
    "Put one there under any name (archives must be unpacked), name one elsewhere with"
    " --node-binary {platform}-{arch}=PATH, or use another --node-provider.",
)
NAMED_BINARY_MISMATCH = ErrorMessage(
    NodeError,
    "binary-mismatch",
    "{what} is not for {target}: {reason}.",
    "Request what it is with -t node{version}-{system}-{machine}, or name a binary for {target}.",
)
VARIABLE_BINARY_MISMATCH = ErrorMessage(
    NodeError,
    "binary-mismatch",
    "{what} is not for {target}: {reason}.",
    "Request what it is with -t node{version}-{system}-{machine}, name a binary for {target}, or"
    " unset {variable}.",
)
NAMED_BINARY_NOT_A_FILE = ErrorMessage(
    NodeError,
    "binary-missing",
    "{what} is not a file.",
    "Name the Node executable itself, such as bin/node or node.exe.",
)
NAMED_BINARY_UNREADABLE = ErrorMessage(
    NodeError,
    "binary-missing",
    "{what} cannot be read: {reason}.",
    "Name a Node binary that exists and is readable.",
)
BINARY_NAMED_FOR_HOST = ErrorMessage(
    UsageError,
    "target-unknown",
    "A binary cannot be named for '{text}'.",
    "Write the platform and architecture instead, such as linux-x64.",
)
BINARY_REFUSED = ErrorMessage(
    NodeError,
    "binary-refused",
    "{what} is not a usable Node binary: {reason}.",
    "{remedy}",
)
BINARY_USED = ErrorMessage(
    NodeError,
    "binary-used",
    "{what} is a single executable already: it contains an application.",
    "Name the plain Node binary that Node's own distribution contains.",
)

# Shared libraries.

FOREIGN_LIBRARIES = FindingMessage(
    "libraries-needed",
    "Node {version} ({origin}) needs {libraries}, and so do executables made of it; they run only"
    " where these libraries are installed.",
)
LIBRARIES_BORROWED = FindingMessage(
    "libraries-borrowed",
    "{libraries} did not come with {origin}; those of {lender} are used.",
)
LIBRARIES_MISSING = ErrorMessage(
    NodeError,
    "libraries-missing",
    "Node {version} ({origin}) needs {libraries}, which did not come with it, {why}.",
    "Put these libraries, built for musl, beside the binary, or let sealift fetch Node with"
    " --node-provider pypi, whose wheels contain them.",
)
LIBRARY_REFUSED = ErrorMessage(
    NodeError,
    "library-refused",
    "{path} is not usable: {reason}.",
    "Fetch it again, or name a Node binary whose libraries are complete.",
)

# Parts of messages.

REQUEST_EXISTING = (
    "Request a release that exists ('sealift targets' lists the newest, --refresh updates the"
    " list). Or "
)
REQUEST_OTHERWISE = "Otherwise "
CHECK_NETWORK = (
    "Check the network and its proxy settings, or use --offline with the cached binaries."
)
OTHER_WAYS = (
    "Check the network and its proxy settings, use --offline with the cached binaries, name a"
    " binary with --node-binary TARGET=PATH, or try another --node-provider."
)
