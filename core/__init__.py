"""The report core: takes messages in, keeps reports, follows them and answers. Knows no network, broker or web."""
