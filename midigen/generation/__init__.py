"""From a trained model to new music: logits are filtered, a token is drawn, a piece grows."""
