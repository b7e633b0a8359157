"""The outbox on PostgreSQL, as it is delivered."""
