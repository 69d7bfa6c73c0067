"""What the literature says: its references, the catalogue of its results, and an audit of its
statements.
"""
