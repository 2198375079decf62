"""Errors about what to build."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, ProjectError, UsageError
from sealift.findings import FindingMessage

OUTPUT_IS_ENTRY = ErrorMessage(
    UsageError,
    "output-is-input",
    "The output {output} is the entry point itself.",
    "Name another output with --output.",
)
OUTPUT_IS_PACKAGED = ErrorMessage(
    UsageError,
    "output-is-input",
    "The output {output} is one of the files to package.",
    "Name another output with --output.",
)
FILES_TOO_LARGE = ErrorMessage(
    ProjectError,
    "files-too-large",
    "The packaged files have {size} bytes, and an executable for {target} holds less than {limit}"
    " GiB; the largest file is {path}.",
    "Leave large files out with pkg.ignore, and ship them beside the executable.",
)
OUTPUT_IS_DIRECTORY = ErrorMessage(
    OutputError,
    "output-is-directory",
    "The output {output} is a directory.",
    "Name the file to write with --output FILE, or the directory with --out-path DIR.",
)
OUTPUT_NAME_MALFORMED = ErrorMessage(
    UsageError,
    "output-name-malformed",
    "The output's name '{name}' contains {what}.",
    "Name another file with --output.",
)
OUTPUT_IS_REPORT = ErrorMessage(
    UsageError,
    "output-is-report",
    "The output {output} and the report are the same file.",
    "Name another file with --json or --output.",
)
ICON_UNREADABLE = ErrorMessage(
    UsageError,
    "icon-unreadable",
    "The icon {path} cannot be read: {reason}.",
    "Name an .ico or .png file with --icon or in pkg.windows.icon.",
)
ENTITLEMENTS_UNREADABLE = ErrorMessage(
    UsageError,
    "entitlements-unreadable",
    "The entitlements {path} cannot be read: {reason}.",
    "Name a property list with --entitlements or in pkg.macos.entitlements.",
)
ENTITLEMENTS_UNUSED = FindingMessage(
    "entitlements-unused",
    "The entitlements {path} are not used: no target is for macOS.",
    "Add a target for macOS, or omit --entitlements.",
)
IDENTIFIER_MALFORMED = ErrorMessage(
    UsageError,
    "identifier-malformed",
    "pkg.macos.identifier is '{identifier}', and only letters, digits, '.', '-' and '_' are"
    " allowed.",
    "Write an identifier such as org.example.app.",
)
ICON_UNUSED = FindingMessage(
    "icon-unused",
    "The icon {path} is not used: no target is for Windows.",
    "Add a target for Windows, or omit --icon.",
)
SIGNING_UNUSED = FindingMessage(
    "signing-unused",
    "The certificate {path} is not used: no target is for {platform}.",
    "Add a target for {platform}, or omit {option}.",
)
UNIVERSAL_NOT_MACOS = ErrorMessage(
    UsageError,
    "universal-not-macos",
    "The target {target} is universal, and only macOS has universal executables.",
    "Write macos-universal, or name an architecture.",
)
VERSION_MALFORMED = ErrorMessage(
    UsageError,
    "version-malformed",
    "pkg.windows.version is '{version}', and Windows needs up to four numbers from 0 to 65535.",
    "Write a version such as 1.2.3 or 1.2.3.4.",
)
VERSION_NOT_FOR_WINDOWS = FindingMessage(
    "version-not-for-windows",
    "The version '{version}' in package.json has no form that Windows knows, so the executable's"
    " number is 0.0.0.0.",
    "Write a version of up to four numbers from 0 to 65535 in pkg.windows.version.",
)
PACKAGE_KIND_UNKNOWN = ErrorMessage(
    UsageError,
    "package-kind-unknown",
    "'{name}' is not a kind of package.",
    "Use one or more of {known}.",
)
PACKAGE_NAME_MALFORMED = ErrorMessage(
    UsageError,
    "package-name-malformed",
    "'{name}' cannot be the name of a package: only a-z, 0-9, '.', '+' and '-' are allowed, two of"
    " them or more.",
    "Give package.json a name, or the entry point another file name.",
)
PACKAGE_VERSION_MALFORMED = ErrorMessage(
    UsageError,
    "package-version-malformed",
    "'{version}' cannot be the version of a package.",
    "Write a version such as 1.2.3 in package.json.",
)
PACKAGE_URL_MALFORMED = ErrorMessage(
    UsageError,
    "package-url-malformed",
    "pkg.package.url is not an address of archives: {url}.",
    "Write it like https://example.org/{{version}}/{{file}}, without other words in braces.",
)
CERTIFICATES_UNUSED = ErrorMessage(
    UsageError,
    "certificates-unused",
    "pkg.package.caCertificates concerns container images, and none is made.",
    "Add the kind oci, or remove caCertificates.",
)
NODE_OF_HOST = FindingMessage(
    "node-of-host",
    "Targets that name no Node release use Node {major}, because the host's `node` is {version}.",
    "Write the release, such as node{major}, to be independent of the host.",
)
NODE_OF_HOST_UNUSED = FindingMessage(
    "node-of-host",
    "Targets that name no Node release use Node {major}, because {reason}.",
    "Write the release, such as node{major}, to be independent of the host.",
)
TARGETS_ASSUMED = FindingMessage(
    "targets-assumed",
    "Neither the options nor the settings name targets, so they are {targets}.",
    "Name targets with --target or in pkg.targets.",
)
COMPACT_UNSUPPORTED = ErrorMessage(
    UsageError,
    "compact-unsupported",
    "--compact (pkg.compact) is for linux, alpine and linuxstatic on x64 and arm64, and cannot be"
    " combined with {target}.",
    "Build {target} in a run of its own without --compact; --package tar.gz or zip compresses what"
    " is downloaded.",
)
LOCALE_MALFORMED = ErrorMessage(
    UsageError,
    "locale-malformed",
    "--locales (pkg.locales) has {locale}, which is not the code of a language.",
    "Name languages by their codes, such as `--locales en,de,zh-TW`.",
)
