"""V8's formats: code caches, start-up snapshots and the read-only heap."""
