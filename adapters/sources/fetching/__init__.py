"""Fetching pages: by plain HTTP, with a browser, or from a folder of saved pages."""
