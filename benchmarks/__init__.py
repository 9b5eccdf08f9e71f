"""Speed, measured against peers in the same run; see docs/benchmarks.md."""
