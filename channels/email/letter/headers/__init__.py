"""What stands above a mail's words: encoded words, addresses, parameters."""
