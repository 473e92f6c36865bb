"""The commands of the training stage, one file each; everything heavy is imported inside them."""
