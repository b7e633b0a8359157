"""The rules of the platform. Standard library only; no I/O, no clock and no randomness but through ports."""
