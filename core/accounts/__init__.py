"""People: signing up, signing in, and who may do what."""
