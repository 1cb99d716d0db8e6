"""Benchmarks: measured figures against what was promised, on both engines, in one run.

Promises: `./alcaldia bench` prints them and one JSON object {name: {metric: value}}; generated data
only, or real data where the operator has it; every engine in a fresh home.
"""
