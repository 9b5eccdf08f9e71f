"""What stands in a mail's parts: words and files."""
