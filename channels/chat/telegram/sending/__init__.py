"""How replies go out, each chat at its pace."""
