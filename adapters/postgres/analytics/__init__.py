"""Figures on PostgreSQL."""
