"""Write executables: a Node binary, and a blob with the payload.

`write_all` is the stage of a build. For one file::

    with temporary(output) as file:
        write(file, node, assets, main, exec_argv, observer)
        verified = verify(file.path, Expectation(node, assets, main, exec_argv))
        file.publish()

Without ``publish`` nothing is left behind, whatever happens in between, and an existing executable
stays as it is until ``publish`` replaces it in one step. Memory stays at a few MiB, however large
the binary and the assets are. The same input gives the same bytes.
"""

from sealift.assemble.deploy import deploy
from sealift.assemble.executables import write_all
from sealift.assemble.temporary import Temporary, temporary
from sealift.assemble.write import Assembled, write

__all__ = ["Assembled", "Temporary", "deploy", "temporary", "write", "write_all"]
