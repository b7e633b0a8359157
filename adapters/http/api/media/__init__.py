"""Images of events."""
