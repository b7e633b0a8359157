"""Events, areas and search on PostgreSQL."""
