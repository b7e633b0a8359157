"""How pages are had: by plain HTTP, with a browser, or from a folder; always with manners (D2)."""
