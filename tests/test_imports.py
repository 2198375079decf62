"""No module of sealift imports another in a circle, not even for type checking."""

from __future__ import annotations

from collections.abc import Iterator

import grimp


def _circles(graph: grimp.ImportGraph) -> Iterator[list[str]]:
    """Yield the groups of modules that reach one another (Tarjan's strongly connected parts)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    for root in sorted(graph.modules):
        pending = [] if root in order else [(root, iter(_imports(graph, root)))]
        if pending:
            order[root] = lowest[root] = len(order)
            stack.append(root)
        while pending:
            module, remaining = pending[-1]
            imported = next(remaining, None)
            if imported is None:
                pending.pop()
                if pending:
                    above = pending[-1][0]
                    lowest[above] = min(lowest[above], lowest[module])
                if lowest[module] == order[module]:
                    at = stack.index(module)
                    circle, stack[at:] = stack[at:], []
                    if len(circle) > 1:
                        yield sorted(circle)
            elif imported not in order:
                order[imported] = lowest[imported] = len(order)
                stack.append(imported)
                pending.append((imported, iter(_imports(graph, imported))))
            elif imported in stack:
                lowest[module] = min(lowest[module], order[imported])


def _imports(graph: grimp.ImportGraph, module: str) -> list[str]:
    return sorted(graph.find_modules_directly_imported_by(module))


def test_no_module_imports_in_a_circle() -> None:
    graph = grimp.build_graph("sealift", cache_dir=None)
    assert len(graph.modules) > 100
    assert list(_circles(graph)) == []


def test_a_circle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")):
        graph.add_import(importer=importer, imported=imported)
    assert list(_circles(graph)) == [["a", "b", "c"]]
