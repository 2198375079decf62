"""Other programs that a build runs."""
