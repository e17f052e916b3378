"""How good a model is, in numbers that a person can place: floors, likelihoods, distances."""
