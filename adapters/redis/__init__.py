"""What processes share in Redis, which only makes things faster: whatever is kept there may be lost."""
