"""Compact files: an executable for Linux, compressed, behind a small program that unpacks it.

At the first start the program in front (``c/front.c``) unpacks the executable into the user's
cache, or into memory where nothing can be written. Then it maps the executable as the kernel does,
and jumps to it, so that the process stays that of the compact file. `layout` describes the file::

    builds = obtain_fronts(builds, what.is_compact, options.node, observer)
    write_compact(out, unpacked, verified.sha256, front, observer)
"""

from sealift.compact.layout import MACHINES
from sealift.compact.stage import obtain_fronts
from sealift.compact.write import write_compact

__all__ = ["MACHINES", "obtain_fronts", "write_compact"]
