"""Background jobs: their states, retries and administration."""
