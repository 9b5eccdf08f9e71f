"""A reply becomes a mail and goes to the relay."""
