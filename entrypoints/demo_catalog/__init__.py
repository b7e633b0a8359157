"""A generated catalog of any size, for demonstrations and measurements."""
