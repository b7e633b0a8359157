"""What the machine itself gives: time, ids, randomness."""
