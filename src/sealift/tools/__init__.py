"""What several stages use of the world outside: programs, HTTP, npm and pip, temporary files."""
