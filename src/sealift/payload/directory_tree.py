"""The directory tree of the packaged files, in the order in which the table stores it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct, field

from sealift.model import Project, ProjectFile, ProjectSymlink

_EXECUTABLE_BITS = 0o111


class Node(Struct):
    """One future record of the table: a directory, a file or a symbolic link."""

    name: str
    item: ProjectFile | ProjectSymlink | None = None
    children: dict[str, Node] = field(default_factory=dict)
    index: int = 0
    parent: int = 0
    first_child: int = 0

    @property
    def mode(self) -> int:
        """The permission bits. They must not depend on the host's umask, nor must the output."""
        if isinstance(self.item, ProjectFile) and not self.item.mode & _EXECUTABLE_BITS:
            return 0o644
        return 0o777 if isinstance(self.item, ProjectSymlink) else 0o755


class Tree(Struct, frozen=True):
    """Records in table order, and the index of each location."""

    nodes: tuple[Node, ...]
    index: dict[str, int]


def build_tree(project: Project) -> Tree:
    """Return a project's files as a tree in table order: the children of a directory are adjacent.

    The order is breadth first, with names sorted by their UTF-8 bytes.
    """
    root = Node("")
    for directory in project.directories:
        _place(root, directory, None)
    for file in project.files:
        _place(root, file.location, file)
    for link in project.symlinks:
        _place(root, link.location, link)
    return _number(root)


def _place(root: Node, location: str, item: ProjectFile | ProjectSymlink | None) -> None:
    node = root
    for name in location.split("/"):
        if node.item is not None:
            raise ValueError(f"{location} lies below a file")
        if (child := node.children.get(name)) is None:
            child = node.children[name] = Node(name)
        node = child
    if item is not None and (node.item is not None or node.children):
        raise ValueError(f"{location} is packaged twice")
    node.item = item or node.item


def _number(root: Node) -> Tree:
    nodes: list[Node] = [root]
    index = {"": 0}
    queue: deque[tuple[str, Node]] = deque([("", root)])
    while queue:
        location, directory = queue.popleft()
        directory.first_child = len(nodes)
        for child in _sorted_children(directory):
            child.index, child.parent = len(nodes), directory.index
            nodes.append(child)
            if child.item is not None:
                index[child.item.location] = child.index
                continue
            child_location = f"{location}/{child.name}" if location else child.name
            index[child_location] = child.index
            queue.append((child_location, child))
    return Tree(tuple(nodes), index)


def _sorted_children(directory: Node) -> Iterator[Node]:
    ordered = sorted(directory.children.items(), key=lambda entry: entry[0].encode())
    return (child for _, child in ordered)
