"""The version of sealift: of the package, of `--version`, and in every executable."""

VERSION = "0.1.0"
