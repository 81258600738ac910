"""The log: the event store, its leaves and derived rows, bundles of it."""
