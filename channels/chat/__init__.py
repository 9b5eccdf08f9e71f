"""Chat: the live chat of the web pages, and the Telegram bot. Exports no CHANNEL itself."""
