"""Many networks on the same data in one table: ``python -m training compare``.

Every row is a run folder as ``fit`` leaves it, made here or given; this package adds what a network
weighs and how long a face takes.
"""
