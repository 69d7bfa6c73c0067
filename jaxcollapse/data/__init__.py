"""Real data to start from. Every loader says which file it read, its hash and its license."""
