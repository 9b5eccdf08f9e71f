"""What staff work with in a browser."""
