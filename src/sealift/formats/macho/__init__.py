"""Mach-O: reading, planning and signing."""
