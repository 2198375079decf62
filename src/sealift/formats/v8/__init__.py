"""What sealift reads of V8: code caches, snapshots and the read-only heap."""
