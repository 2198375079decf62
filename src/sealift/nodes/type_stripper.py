"""Find the Node that strips types from TypeScript: one for the host, of Node 24 or newer."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.errors import NodeError
from sealift.model import NodeBinary, Observer
from sealift.nodes import messages
from sealift.nodes.fetch import obtain_all
from sealift.nodes.providers import stock_only
from sealift.options import NodeOptions
from sealift.target import Arch, NodeRange, Platform, Target
from sealift.target_build import ChosenRelease

_MAJOR = 24
"""The first major whose `module.stripTypeScriptTypes` needs no option."""

_MISSING = {"release-unknown", "not-cached", "sources-unreachable"}


def obtain_type_stripper(
    releases: Sequence[ChosenRelease],
    machine: tuple[Platform, Arch],
    options: NodeOptions,
    observer: Observer,
) -> NodeBinary:
    """Return a Node binary that the host can run, and that strips types.

    Args:
        releases: of the targets; the first that strips types is preferred, as the program will run
            with it.
        machine: platform and architecture of the host.
        options: where binaries come from.
        observer: notified of questions and downloads.

    Raises:
        NodeError: ``type-stripper-missing``: there is no such binary; or as `obtain_all`.
    """
    machine = machine[0].node_platform, machine[1]
    stock = stock_only(options)
    able = [chosen for chosen in releases if chosen.version.major >= _MAJOR]
    for binary in (chosen.binary for chosen in able):
        if binary is not None and (binary.platform, binary.arch) == machine:
            return binary
    versions = dict.fromkeys(chosen.version for chosen in able)
    exact = [NodeRange((one.major, one.minor, one.patch)) for one in versions]
    reason: NodeError | None = None
    for wanted in (*exact, NodeRange((_MAJOR,))):
        try:
            return obtain_all((Target(wanted, *machine),), stock, observer, named=False)[0]
        except NodeError as error:
            if error.code not in _MISSING:
                raise
            reason = error
    raise messages.TYPE_STRIPPER_MISSING.error(
        host=f"{machine[0]}-{machine[1]}", reason=str(reason).rstrip(".")
    )
