"""Measures live updates: what many watchers cost a hot sale, and how old a change is when they have it."""
