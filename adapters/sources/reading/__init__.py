"""What the parsers of several sites share: JSON state embedded in a page, and schema.org data."""
