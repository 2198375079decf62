"""Packages that need something to work in an executable, which nothing in their code shows.

Only entries that change a result are here, each with its reason and a test in
``tests/project/test_package_configuration.py``. pkg's own dictionary has many more: they name files
that sealift finds by itself. ``--no-dict NAME`` turns an entry off, and a project's pkg.dictionary
takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping

from sealift.project.settings import Edit, PackageSettings

_PACKAGED_VIEWS = (
    "(function (packaged) {"
    " return require('fs').existsSync(packaged) ? packaged : resolve('views');"
    " })(process.pkg.path.resolve('views'))"
)

_PACKAGED_SCRIPTS = (
    "entity = (function () {"
    " var packaged = process.pkg.path.resolve.apply(null, arguments);"
    " return fs.existsSync(packaged) || fs.existsSync(packaged + '.js')"
    " ? packaged : path.resolve.apply(path, arguments);"
    " })("
)

DICTIONARY: Mapping[str, PackageSettings] = {
    # Views are looked up from the working directory, which is the project's directory in
    # development only. Packaged views are preferred, both in the directory that is the default and
    # in one that the program names by a relative path, as in pkg.
    "express": PackageSettings(
        patches={
            "lib/application.js": (Edit("replace", _PACKAGED_VIEWS, "resolve('views')"),),
            "lib/view.js": (
                Edit(
                    "replace",
                    "path = process.pkg.path.resolve(this.root, path)",
                    "path = join(this.root, path)",
                ),
                Edit(
                    "replace",
                    "loc = process.pkg.path.resolve(root, name)",
                    "loc = resolve(root, name)",
                ),
            ),
        }
    ),
    # The directories of scripts are looked up from the working directory. Packaged ones are
    # preferred, where pkg uses those only.
    "express-load": PackageSettings(
        patches={
            "lib/express-load.js": (Edit("replace", _PACKAGED_SCRIPTS, "entity = path.resolve("),)
        }
    ),
    # `.NAMErc` is looked up from the working directory upwards. A packaged one is used if there is
    # none, where pkg uses the packaged one only.
    "rc": PackageSettings(
        patches={
            "lib/utils.js": (
                Edit(
                    "replace",
                    "(find(process.cwd(), rel) || find(process.pkg.path.resolve('.'), rel))",
                    "find(process.cwd(), rel)",
                ),
            )
        }
    ),
}
