"""The requests the API answers, listed in ``table``."""
