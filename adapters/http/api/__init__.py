"""The JSON API, a folder a slice."""
