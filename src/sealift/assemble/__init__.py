"""Assemble an executable: a Node binary, and a blob with the packaged files.

How to call it::

    from sealift import assemble
    from sealift.verify import Expectation, verify

    with assemble.temporary(output) as file:
        assembled = assemble.write(file, node, assets, main, exec_argv, observer)
        verified = verify(file.path, Expectation(node, assets, main, exec_argv))
        file.publish()

``node`` is a `model.NodeBinary`, ``assets`` a sequence of `model.Asset`, ``main`` the main
script's bytes, ``exec_argv`` a sequence of Node options. With ``musl`` (in both calls) a
musl Node is merged with its libraries and musl. Without ``publish`` nothing is left behind,
whatever happens in between; an executable that is already there stays as it is until ``publish``
replaces it in one step.

Memory stays at a few MiB however large the binary and the assets are. Same input, same bytes.
"""

from sealift.assemble.executables import write_all
from sealift.assemble.temporary import Temporary, temporary
from sealift.assemble.write import Assembled, write

__all__ = ["Assembled", "Temporary", "temporary", "write", "write_all"]
