"""Processes: what starts and stops, and in which order. No business rules."""
