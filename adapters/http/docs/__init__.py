"""The OpenAPI document, its pages, and a page for every problem code."""
