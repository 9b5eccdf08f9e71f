"""From what X gives to what the core sees: words, context, pictures."""
