"""Processes: what starts, what stops, and in which order. No rules."""
