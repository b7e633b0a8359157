"""Ways to take a message to its reader."""
