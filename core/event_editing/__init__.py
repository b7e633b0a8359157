"""Editing events: what changes the catalog and the places of an event in one transaction."""
