"""The desktop training stage: FER2013 in, a Keras model and its honest figures out."""
