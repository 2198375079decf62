"""Messages about executables and shared objects whose bytes do not follow their format.

``{why}`` is a clause that says what is wrong: ``it ends too early: it is truncated``.
"""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, UsageError

# What a file is

NOT_AN_EXECUTABLE = ErrorMessage(
    FormatError,
    "not-an-executable",
    "{name} is not an executable in the ELF, 64-bit Mach-O or PE format.",
    "Name an executable, such as a Node binary, not an archive, a script or a shortcut.",
)
NOT_A_PROGRAM = ErrorMessage(
    FormatError,
    "not-an-executable",
    "{name} is a Mach-O library or object file, not a program.",
    "Name a Node binary.",
)
DOS_PROGRAM = ErrorMessage(
    FormatError,
    "not-an-executable",
    "{name} is a program for DOS, not for Windows.",
    "Name a Node binary.",
)
UNIVERSAL_BINARY = ErrorMessage(
    FormatError,
    "universal-binary",
    "{name} is a universal binary: it contains programs for several architectures.",
    "Name the program for one architecture, which `lipo -thin` extracts.",
)
UNKNOWN_MACHINE = ErrorMessage(
    FormatError,
    "unknown-machine",
    "{name} is for an architecture that sealift does not support.",
    "Run `sealift targets` to see the supported architectures.",
)
TRUNCATED = ErrorMessage(
    FormatError,
    "truncated",
    "{name} is truncated or broken: {why}.",
    "Fetch the file again.",
)

# Node binaries

NOT_A_STOCK_NODE = ErrorMessage(
    FormatError,
    "not-a-stock-node",
    "{name} is not a stock Node binary: it contains {what}.",
    "Name a Node binary, version 20 or later, as the Node project or its packages ship it.",
)
BLOB_NOT_LOOKED_FOR = ErrorMessage(
    FormatError,
    "blob-not-looked-for",
    "{name} would never find its packaged files: on FreeBSD, only a Node that was changed looks for"
    " them.",
    "Compile Node with --compile-node on FreeBSD, which makes that change.",
)
BLOB_MARK_MISSING = ErrorMessage(
    FormatError,
    "blob-not-looked-for",
    "{name} lacks sealift's mark: on FreeBSD, only a Node that was changed looks for its packaged"
    " files, and in this release only the mark shows that it was.",
    "Compile Node with --compile-node on FreeBSD, which makes that change.",
)
NODE_IN_A_LIBRARY = ErrorMessage(
    FormatError,
    "node-in-a-library",
    "{name} is a small program; Node itself is in the shared library {library} (as in Debian's"
    " packages), which does not fit into an executable of one file.",
    "Name a Node that is one file, as the Node project ships it or --compile-node makes it.",
)
NODE_IS_A_LIBRARY = ErrorMessage(
    FormatError,
    "node-in-a-library",
    "{name} is a shared library, not a program.",
    "Name a Node that is one file, as the Node project ships it or --compile-node makes it.",
)

# The blob, and room for it

BLOB_BROKEN = ErrorMessage(
    FormatError,
    "blob-broken",
    "The single-executable blob is broken: {why}.",
    "Build the executable again.",
)
BLOB_PRESENT = ErrorMessage(
    FormatError,
    "blob-present",
    "The Node binary already carries a single-executable blob.",
    "Use a Node binary as it was released.",
)
BLOB_TOO_LARGE = ErrorMessage(
    FormatError,
    "blob-too-large",
    "The packaged files take {size} bytes; an ELF note holds less than 4 GiB.",
    "Leave large files out of the executable and ship them beside it.",
)
EXEC_ARGV_UNSUPPORTED = ErrorMessage(
    FormatError,
    "exec-argv-unsupported",
    "This Node release does not support embedded Node options.",
    "Choose a newer release of Node (22.20 or later, 24.8 or later), or drop the options.",
)
FUSE_NOT_FOUND = ErrorMessage(
    FormatError,
    "fuse-not-found",
    "The Node binary has no unset fuse where it was found before.",
    "Use a Node binary as it was released.",
)
MACHO_TOO_LARGE = ErrorMessage(
    FormatError,
    "executable-too-large",
    "The executable would have {size} bytes, and a Mach-O file is limited to 4 GiB.",
    "Package fewer or smaller files.",
)
PE_TOO_LARGE = ErrorMessage(
    FormatError,
    "executable-too-large",
    "The executable would take {size} bytes in memory, and Windows allows no more than 2 GiB.",
    "Package fewer or smaller files.",
)

# ELF

ELF_BROKEN = ErrorMessage(
    FormatError,
    "elf-broken",
    "The ELF file is broken: {why}.",
    "Fetch the file again, or name another one.",
)
ELF_LAYOUT = ErrorMessage(
    FormatError,
    "elf-layout",
    "The ELF file has a layout that sealift cannot add a blob to: {why}.",
    "Use a Node binary as the Node project or its packages ship it, not one that was packed or"
    " rewritten.",
)
MERGE_LAYOUT = ErrorMessage(
    FormatError,
    "elf-layout",
    "{what} has a layout that sealift cannot merge into one executable: {why}.",
    "Use a musl Node binary and libraries as their packages ship them, not ones that were packed or"
    " rewritten.",
)
LIBRARY_MISSING = ErrorMessage(
    FormatError,
    "library-missing",
    "{what} needs {library}, which is not among the libraries to merge with it.",
    "Put {library} beside the Node binary, or let sealift fetch Node.",
)
MUSL_UNUSABLE = ErrorMessage(
    FormatError,
    "musl-unusable",
    "musl cannot be merged with Node: {why}.",
    "Remove sealift's cache and build again; if that does not help, report it as a bug.",
)

# Mach-O

MACHO_MALFORMED = ErrorMessage(
    FormatError,
    "macho-malformed",
    "The Mach-O file is malformed: {why}.",
    "Fetch the Node binary again, or use another release.",
)
MACHO_UNSUPPORTED = ErrorMessage(
    FormatError,
    "macho-unsupported",
    "The Mach-O file contains something that sealift does not support: {what}.",
    "Use another build of this Node release.",
)
MACHO_NO_ROOM = ErrorMessage(
    FormatError,
    "macho-no-room",
    "The Node binary has room for {room} bytes of load commands, and {needed} are needed.",
    "Use another build of this Node release.",
)
ENTITLEMENTS_MALFORMED = ErrorMessage(
    FormatError,
    "entitlements-malformed",
    "The entitlements {name} cannot be used: {why}.",
    "Name an XML property list: a dictionary of entitlements, as Xcode writes it.",
)
SIGNATURE_MALFORMED = ErrorMessage(
    FormatError,
    "signature-malformed",
    "The code signature of the Node binary is malformed: {why}.",
    "Use a Node binary as it was released.",
)

# PE

PE_MALFORMED = ErrorMessage(
    FormatError,
    "pe-malformed",
    "The Windows executable is malformed: {why}.",
    "Fetch the Node binary again, or use another release.",
)
PE_NO_ROOM = ErrorMessage(
    FormatError,
    "pe-no-room",
    "The Node binary has no room for one more section header.",
    "Use another build of this Node release.",
)

ICON_MALFORMED = ErrorMessage(
    FormatError,
    "icon-malformed",
    "The icon {name} cannot be used: {why}.",
    "Name an .ico file, or a .png file of up to 256x256 pixels.",
)

# Addons, libraries and programs

NOT_A_SHARED_OBJECT = ErrorMessage(
    FormatError,
    "not-a-shared-object",
    "{name} is not native code: it is not in the ELF, Mach-O or PE format.",
    "Install the package that contains it again.",
)
SHARED_OBJECT_BROKEN = ErrorMessage(
    FormatError,
    "shared-object-broken",
    "{name} is broken: {why}.",
    "Install the package that contains it again.",
)

# V8

V8_FORMAT_UNKNOWN = ErrorMessage(
    FormatError,
    "v8-format-unknown",
    "{owner} has bytecode in the format {magic}, which sealift does not know; it knows those of V8"
    " {known}.",
    "Use a Node release with one of these versions of V8, or ship source.",
)
V8_SNAPSHOT_MISSING = ErrorMessage(
    FormatError,
    "v8-snapshot-missing",
    "{name} contains {count} start-up snapshots of V8, and sealift cannot tell which one it starts"
    " from; so the objects that bytecode refers to are unknown.",
    "Use a stock Node binary, or ship this target's files as source.",
)
V8_CACHE_BROKEN = ErrorMessage(
    FormatError,
    "v8-cache",
    "A V8 code cache cannot be read: {why}.",
    "Build again without the cached bytecode; if the error remains, ship source.",
)
V8_READ_ONLY_HEAP_BROKEN = ErrorMessage(
    FormatError,
    "v8-read-only-heap",
    "V8's read-only heap cannot be read: {why}.",
    "Use a stock Node binary, or ship this target's files as source.",
)
V8_STARTUP_SNAPSHOT_BROKEN = ErrorMessage(
    FormatError,
    "v8-startup-snapshot",
    "V8's start-up snapshot cannot be read: {why}.",
    "Use a stock Node binary, or ship this target's files as source.",
)

# ICU data

ICU_ABSENT = ErrorMessage(
    FormatError,
    "icu-absent",
    "{name} contains no ICU data package that --locales can reduce.",
    "Build without --locales (pkg.locales), or name a Node binary with full ICU.",
)
ICU_LAYOUT = ErrorMessage(
    FormatError,
    "icu-layout",
    "--locales cannot reduce the ICU data of {name}: {why}.",
    "Build without --locales (pkg.locales), or name an official Node binary.",
)
LOCALE_UNKNOWN = ErrorMessage(
    UsageError,
    "locale-unknown",
    "The ICU data of {name} has no locale {locale}.",
    "Name languages that Intl of this Node supports, such as `--locales en,de`.",
)
