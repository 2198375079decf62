"""sealift: Node.js projects as self-contained executables."""
