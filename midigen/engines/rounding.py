"""How numbers become bytes in all engines of eight bits, so that they compute the same integers."""

# Weights of seven bits: processors without VNNI add two products of eight bits in 16, where they
# would not fit.
MOST_WEIGHT = 63
INPUT_STEP, INPUT_ZERO = 1 / 127, 128  # inputs from -1 to 1
NOTHING = 1e-12
