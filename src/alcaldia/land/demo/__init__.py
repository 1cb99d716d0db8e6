"""San Jacinto del Río: a fictitious town, complete, drawn from a seed.

Promises: `generate(into, seed=…)` writes a municipality folder (municipality.toml and its files)
that is the same to the byte for the same seed and versions of numpy and shapely. Nobody in it
exists: people, keys, plan and articles are invented; only the SCIAN codes are real.
"""

from alcaldia.land.demo.folder import generate

__all__ = ["generate"]
