"""What the stores of all slices are built on."""
