"""@NAME@: what it does, in a line."""
from ._@NAME@ import distance, extremes, smooth

__all__ = ["distance", "extremes", "smooth"]
