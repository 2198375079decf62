"""sealift: Node.js projects as self-contained executables, for every target, from any host.

>>> import sealift
>>> result = sealift.build(sealift.BuildOptions(entry=Path("."), targets=("host",)))

The library prints nothing; everything it found is in the result.
"""

from sealift.build import build
from sealift.errors import (
    ExitCode,
    FormatError,
    NodeError,
    OutputError,
    ProjectError,
    SealiftError,
    UsageError,
)
from sealift.findings import Finding, IncompleteProjectError, Severity
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
    WholePackage,
)
from sealift.options import BuildOptions, NodeOptions
from sealift.result import BuildResult, Executable
from sealift.target import Arch, NodeVersion, Platform
from sealift.version import VERSION

__version__ = VERSION

__all__ = [
    "Arch",
    "BuildOptions",
    "BuildResult",
    "Executable",
    "ExitCode",
    "Finding",
    "FormatError",
    "IncompleteProjectError",
    "Library",
    "MuslLibrary",
    "NodeBinary",
    "NodeError",
    "NodeOptions",
    "NodeVersion",
    "Observer",
    "OutputError",
    "Platform",
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
    "UsageError",
    "WholePackage",
    "__version__",
    "build",
]
