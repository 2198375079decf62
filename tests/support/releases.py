"""The Node releases that the runtime is tested with, one for each major."""

RELEASES = ("20.20.2", "22.20.0", "24.19.0", "26.10.0")

# The release that tests use where the releases do not differ.
RELEASE = "24.19.0"
