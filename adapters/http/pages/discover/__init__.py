"""Pages where visitors look for events, and feeds of what they have found."""
