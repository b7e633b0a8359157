"""One pure parser for each site."""
