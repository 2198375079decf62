"""sealift: Node.js projects as self-contained executables, for every target, from any host.

>>> import sealift
>>> from pathlib import Path
>>> result = sealift.build(sealift.BuildOptions(entry=Path("."), targets=("host",)))

The library prints nothing; what it found is in the result. Problems that a user can fix are
`SealiftError`.
"""

import sealift.early_interruption  # noqa: F401, I001 - before all else

from sealift.build import build
from sealift.deployment import DeployFile
from sealift.errors import (
    ExitCode,
    FormatError,
    NodeError,
    OutputError,
    ProjectError,
    SealiftError,
    UsageError,
)
from sealift.findings import Excerpt, Finding, IncompleteProjectError, Severity
from sealift.formats.node_facts import NodeFacts
from sealift.model import (
    Library,
    MuslLibrary,
    NodeBinary,
    Observer,
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Resolution,
    ResolutionKind,
    Role,
    ScriptCounts,
    Unit,
    WholePackage,
)
from sealift.options import BuildOptions, Compression, NodeOptions, Signing
from sealift.result import BuildResult, Executable, MadePackage
from sealift.target import Arch, NodeVersion, Platform, PlatformFacts
from sealift.version import VERSION

__version__ = VERSION

__all__ = [
    "Arch",
    "BuildOptions",
    "BuildResult",
    "Compression",
    "DeployFile",
    "Excerpt",
    "Executable",
    "ExitCode",
    "Finding",
    "FormatError",
    "IncompleteProjectError",
    "Library",
    "MadePackage",
    "MuslLibrary",
    "NodeBinary",
    "NodeError",
    "NodeFacts",
    "NodeOptions",
    "NodeVersion",
    "Observer",
    "OutputError",
    "Platform",
    "PlatformFacts",
    "Project",
    "ProjectError",
    "ProjectFile",
    "ProjectSymlink",
    "Reason",
    "ReasonKind",
    "Resolution",
    "ResolutionKind",
    "Role",
    "ScriptCounts",
    "SealiftError",
    "Severity",
    "Signing",
    "Unit",
    "UsageError",
    "WholePackage",
    "__version__",
    "build",
]
