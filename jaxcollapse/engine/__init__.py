"""The simulator: one generation loop, what it carries, how a run is planned, tiled and stored."""
