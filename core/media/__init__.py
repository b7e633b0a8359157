"""Images of events: adding, describing, ordering and deleting them, and their files in the storage."""
