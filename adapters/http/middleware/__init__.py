"""What runs around every handler, one middleware per file."""
