"""Editing events: changes of the catalog and of booking's inventory in one transaction."""
