"""Documents about executables: what is inside, its licences, and where it came from.

Usage::

    builds = describe(builds, what.documents, manifest, options.node, observer)  # with payloads
    builds = write_all(builds, packages, what.documents, manifest, observer)  # at the end

`describe` makes the SBOM, which is also embedded, and the notices. `write_all` writes them
beside the executables, and then what needs the digests of the executables: the provenance and
``SHA256SUMS``. The modules that make documents are imported when they are used.
"""

from sealift.documents.node_components import library_licence
from sealift.documents.spdx import spdx_of
from sealift.documents.stage import SBOM_KEY, describe
from sealift.documents.write import write_all

__all__ = ["SBOM_KEY", "describe", "library_licence", "spdx_of", "write_all"]
