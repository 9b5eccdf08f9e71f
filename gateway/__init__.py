"""Puts the core and the channels together, and faces people and the operating system."""
