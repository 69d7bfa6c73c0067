"""The simulator: one generation loop, what it carries, how a run is planned, cut into tiles, stored
and resumed.
"""
