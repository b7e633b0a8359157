"""What processes share in Redis. It only speeds things up: everything stored there may be lost."""
