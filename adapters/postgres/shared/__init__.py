"""Shared by the stores of all slices: engine, unit of work, migrations."""
