"""The emulated APIs, one folder each, found by looking; and the port that they implement."""
