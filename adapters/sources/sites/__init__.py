"""One pure parser a site."""
