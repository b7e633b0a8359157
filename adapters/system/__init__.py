"""Time and ids from the machine."""
