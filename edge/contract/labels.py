"""The emotion classes, in the order in which FER2013 numbers them.

Source: FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 0 = angry ... 6 = neutral.
"""

FER2013_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
