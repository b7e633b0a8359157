"""What the memory stores of all slices share."""
