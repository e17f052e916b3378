"""What the studio's speed is, as ratios with a floor. `python -m benchmarks SUITE` runs them."""
