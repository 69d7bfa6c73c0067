"""What a run is asked: the three errors, and the definitions of collapse."""
