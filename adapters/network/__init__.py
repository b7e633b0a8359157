"""Connections to other machines: which addresses may be connected to."""
