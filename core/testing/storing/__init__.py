"""The tests of a store, by what is stored; ``core.testing.store_kit`` puts them together."""
