"""sealift's own version, told to the runtime and to the user."""

VERSION = "0.1.0"
