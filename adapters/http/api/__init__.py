"""The JSON API, one folder per slice."""
