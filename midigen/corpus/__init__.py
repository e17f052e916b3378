"""The room of the data: from Kaggle, the starter set or your own files to batches of tokens."""
