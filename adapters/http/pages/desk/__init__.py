"""Pages for organizers: their events, the door, and their webhooks."""
