"""Administration on PostgreSQL."""
