"""Figures for operators, kept with aioprometheus."""
