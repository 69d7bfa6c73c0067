"""Carriers: what evidence is made of while the loop runs.

Statistics, samples, chains stepped by their kernel, the population limit, or the formal sum.
"""
