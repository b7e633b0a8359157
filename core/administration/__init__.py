"""Administering the platform as a whole: what needs attention, and actions on many things at once."""
