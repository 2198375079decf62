"""Pure format code: bytes in, bytes out. No network, no logging, no user's paths."""
