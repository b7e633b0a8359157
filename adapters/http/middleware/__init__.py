"""The middlewares around every handler, one per file."""
