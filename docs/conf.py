"""The documentation site: ``python3 dev.py docs`` builds it into out/docs."""

from __future__ import annotations

import re
from pathlib import Path

_VERSION = Path(__file__).parents[1] / "src" / "sealift" / "version.py"

project = "sealift"
author = "The sealift authors"
copyright = "the sealift authors"  # noqa: A001 - Sphinx's name
release = re.findall('VERSION = "(.*)"', _VERSION.read_text(encoding="utf-8"))[0]

extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["fieldlist"]

# Options and settings are copied from the pages: `--sea` stays as it is written.
smartquotes = False

html_theme = "furo"
html_title = f"sealift {release}"
html_show_sphinx = False
# The schemas are for programs: they are beside the pages under their own names.
html_extra_path = ["report.schema.json", "configuration.schema.json"]
