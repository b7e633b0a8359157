"""The processes and commands of the platform: starting and stopping. No business rules."""
