"""What evidence is made of while the loop runs: statistics, samples, the formal sum, chains, the
population limit.
"""
