"""People's own data: downloading everything that is stored about them, and deleting their account."""
