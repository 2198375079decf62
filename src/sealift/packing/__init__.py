"""What each executable carries besides Node: its payload, as source or as bytecode."""
