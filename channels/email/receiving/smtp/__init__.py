"""The SMTP server: connections, commands, limits, octets. It knows nothing of what is in a mail."""
