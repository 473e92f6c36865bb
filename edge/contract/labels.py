"""The emotion classes of the data sets, in the order in which each numbers them.

Source: FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 0 = angry ... 6 = neutral;
FER+ (Barsoum et al. 2016, arXiv:1608.01041).
"""

FER2013_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
#: The eight emotions of FER+.
FERPLUS_LABELS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
#: What its ten people could vote for; NF: not a face.
FERPLUS_VOTES = (*FERPLUS_LABELS, "unknown", "NF")
