"""Images of events on PostgreSQL."""
