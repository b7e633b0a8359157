"""Background jobs over HTTP, for admins."""
