"""Where packaged files are at run time."""

from __future__ import annotations

from sealift.project.locations import Layout


def test_packages_of_one_scope_stay_below_node_modules() -> None:
    modules = "/home/u/app/node_modules"
    layout = Layout(f"{modules}/@scope/tool", [f"{modules}/@scope/tool-linux-x64/bin"])
    assert layout.location(f"{modules}/@scope/tool/cli.js") == "node_modules/@scope/tool/cli.js"


def test_one_scoped_package_is_a_project() -> None:
    layout = Layout("/home/u/app/node_modules/@scope/tool", [])
    assert layout.location("/home/u/app/node_modules/@scope/tool/cli.js") == "tool/cli.js"
