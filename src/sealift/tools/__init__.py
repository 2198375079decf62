"""What several stages use of the world outside: programs, HTTP, and the npm and pip clients."""
