"""Programs of others that are told of what happens here, and how they know that it was us."""
