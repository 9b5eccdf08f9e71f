"""What the octets of a short message say, and how a text becomes octets. Pure."""
