"""Metrics for operators, with aioprometheus."""
