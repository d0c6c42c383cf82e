"""The catalogue of faults: everything that can go wrong on purpose, one theme to a file."""

from emulator.faults.catalogue import catalogue, deck, deed
from emulator.faults.deed import Deed, Family

__all__ = ["Deed", "Family", "catalogue", "deck", "deed"]
