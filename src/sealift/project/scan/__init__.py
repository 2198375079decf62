r"""What one JavaScript file asks for: modules, files beside it, workers, scripts.

``scan(source, module=None)`` is a pure function of the file's bytes::

    findings = scan(path.read_bytes(), module=None)

It never raises on any input. What cannot be parsed is in ``problems``, and what could be read
around it is still reported.

How it works. A regular expression finds the words that can start anything (`words`). A file
without one is not parsed at all. Of a larger file, every ``{...}`` body that holds none of them
is emptied before parsing (`outline`): typescript's 9 MB shrink to a fraction, and nothing that
is asked for can be lost, because what is left out holds no such word. The words are then traced
through the tree (`trace`, `calls`), with constants folded and names followed (`evaluate`,
`scopes`, `known`).

Identifiers written with escapes (``r\u0065quire``) and what ``eval`` makes are not seen.
"""

from sealift.project.scan.scanner import scan

__all__ = ["scan"]
