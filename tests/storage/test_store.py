"""The store keeps its promises on SQLite and on PostgreSQL."""

from core.testing.store_kit import StoreKit


class TestStore(StoreKit):
    """Both databases, by the fixture ``store``."""
