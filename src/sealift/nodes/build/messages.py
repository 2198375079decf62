"""Errors of compiling Node."""

from __future__ import annotations

from typing import ClassVar

from sealift.errors import ErrorMessage, ExitCode, NodeError


class BuildInterruptedError(NodeError):
    """A build of Node was interrupted; the same command continues it."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED


class BuildTerminatedError(BuildInterruptedError):
    """SIGTERM interrupted it."""

    exit_code: ClassVar[ExitCode] = ExitCode.TERMINATED


class BuildHungUpError(BuildInterruptedError):
    """SIGHUP interrupted it."""

    exit_code: ClassVar[ExitCode] = ExitCode.HUNG_UP


INTERRUPTED_BY = {
    error.exit_code - 128: error
    for error in (BuildInterruptedError, BuildTerminatedError, BuildHungUpError)
}
"""The error for each signal that interrupts a build, by the signal's number."""


BUILD_IMPOSSIBLE = ErrorMessage(
    NodeError,
    "build-impossible",
    "Node for {machine} cannot be compiled on {host}: Node's build makes and runs programs, which"
    " are for the same system as Node itself.",
    "Run the same command on {system}, or copy a binary from there and name it with --node-binary"
    " {machine}=PATH.",
)
BUILD_REQUIREMENTS = ErrorMessage(
    NodeError,
    "build-requirements",
    "{what} cannot be compiled on this host; missing: {missing}.",
    "{remedies}; or name a binary with --node-binary TARGET=PATH.",
)
BUILD_INTERRUPTED = ErrorMessage(
    BuildInterruptedError,
    "build-interrupted",
    "The build of {what} was interrupted.",
    "Run the same command to continue it: {folder} keeps what is compiled. Remove that directory to"
    " start again.",
)
BUILD_FAILED = ErrorMessage(
    NodeError,
    "build-failed",
    "The build of {what} failed: {reason}.",
    "See the log {log}. {remedy} Run the same command to continue: {folder} keeps what is"
    " compiled.",
)
BUILD_MADE_NOTHING = ErrorMessage(
    NodeError,
    "build-failed",
    "The build of {what} ended without an error, but did not make {path}.",
    "See the log {log}.",
)
BINARY_MISMATCH = ErrorMessage(
    NodeError,
    "binary-mismatch",
    "The build of {what} made another binary: {reason}.",
    "Set CC and CXX to compilers for that machine. The binary is {path}, its log {log}.",
)
BINARY_BROKEN = ErrorMessage(
    NodeError,
    "binary-broken",
    "The build of {what} made a binary that does not run: with --version it prints '{output}'.",
    "Try another compiler (CC, CXX). The binary is {path}, its log {log}.",
)

OTHER_RELEASE = ErrorMessage(
    NodeError,
    "source-tree-version",
    "{source} is the source of Node {found} and not of Node {version}.",
    "Build for that release (-t node{found}), or name another source with --node-source-tree.",
)
SOURCE_REFUSED = ErrorMessage(
    NodeError,
    "source-tree-refused",
    "{source} is not usable as the source of Node: {reason}.",
    "Name a directory or tarball with Node's source, as nodejs.org publishes it"
    " (--node-source-tree).",
)
FREEBSD_SOURCE_REFUSED = ErrorMessage(
    NodeError,
    "source-tree-refused",
    "Node for FreeBSD must be changed to find its packaged files, and the source in {tree} cannot"
    " be: {reason}.",
    "Use the source of a release without changes to that file (--node-source-tree, --node-patch).",
)
PATCH_MISSING = ErrorMessage(
    NodeError,
    "patch-missing",
    "The patch {patch} cannot be read: {reason}.",
    "Name an existing file with --node-patch.",
)
PATCH_REFUSED = ErrorMessage(
    NodeError,
    "patch-refused",
    "The patch {patch} does not apply: {reason}.",
    "Make it for this release of Node (paths as `git diff` writes them, -p1), or drop it.",
)

# Sentences in the remedy of BUILD_FAILED.
TOO_LITTLE_MEMORY = "Run fewer compilers at the same time (--jobs), as memory was too small."
TOO_LITTLE_DISK = "Free some space, or name another cache directory (--cache DIR)."
FIX_THE_SOURCE = "Fix the source or the patches."
FIX_THE_CAUSE = "Fix the problem that it names."
