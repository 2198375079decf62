"""Find a Node that runs the project's own JavaScript on the host: configuration and hooks."""

from __future__ import annotations

from sealift.errors import NodeError
from sealift.host import host_machine
from sealift.model import NodeBinary, Observer, SilentObserver
from sealift.nodes import messages
from sealift.nodes.fetch import obtain_all
from sealift.nodes.providers import stock_only
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import NodeRange, Target

_MAJORS = (24, 26, 22)
"""Any of these will do: the first that the cache has, else the first."""


def obtain_host_node(options: NodeOptions, observer: Observer) -> NodeBinary:
    """Return a Node binary that the host can run, if possible one that the cache has.

    Args:
        options: where binaries come from.
        observer: notified of questions and downloads.

    Raises:
        NodeError: ``host-node-missing``: there is no such binary; or as `obtain_all`.
    """
    system, arch = host_machine()
    stock = stock_only(options)
    targets = [Target(NodeRange((major,)), system.node_platform, arch) for major in _MAJORS]
    for target in targets:
        try:
            cached = replace(stock, offline=True)
            return obtain_all((target,), cached, SilentObserver())[0]
        except NodeError:
            continue
    try:
        return obtain_all(targets[:1], stock, observer)[0]
    except NodeError as error:
        raise messages.HOST_NODE_MISSING.error(
            host=f"{system.node_platform}-{arch}", reason=str(error).rstrip(".")
        ) from error
