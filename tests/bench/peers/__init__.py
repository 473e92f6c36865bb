"""What people use today, each as a small script in an environment of its own, on the same frames.

A script takes VIDEO FRAMES THREADS, loads its networks, says ``ready``, and then analyses the video once
for each line on standard input, telling each time what that took: see ``turns.py``.
"""
