"""Personal data on PostgreSQL: reading and erasing what all slices store about a person."""
