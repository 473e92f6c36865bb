"""What the classifier sees of what a detector finds, and what the quality gate keeps from it."""
