"""A mail read: octets in, a ``Letter`` out."""
