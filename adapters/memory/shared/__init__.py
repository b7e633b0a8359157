"""Shared parts of the memory stores."""
