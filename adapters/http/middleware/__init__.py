"""What stands around every handler, one middleware a file."""
