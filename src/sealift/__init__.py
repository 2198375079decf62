"""sealift: Node.js projects as self-contained executables, for every target, from any host.

>>> import sealift
>>> result = sealift.build(sealift.BuildOptions(entry=Path("."), targets=("host",)))

The library prints nothing; everything it found is in the result.
"""

from sealift.build import build
from sealift.errors import SealiftError
from sealift.model import BuildResult, Executable, Finding, Observer, Severity
from sealift.options import BuildOptions, NodeOptions
from sealift.version import VERSION

__version__ = VERSION

__all__ = [
    "BuildOptions",
    "BuildResult",
    "Executable",
    "Finding",
    "NodeOptions",
    "Observer",
    "SealiftError",
    "Severity",
    "__version__",
    "build",
]
