"""The OpenAPI document, the pages that show it, and a page for every problem code."""
