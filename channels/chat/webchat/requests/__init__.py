"""What pages ask by plain HTTP: files in both directions, and when people are there."""
