"""ELF: reading, and planning how a blob gets into a Node binary."""
