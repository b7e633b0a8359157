"""Live updates: what people who watch an event are shown of its changes, and how many they are."""
