"""What the core speaks of: messages, reports, matches, people. Frozen dataclasses and tables, no behaviour
with effects.
"""
