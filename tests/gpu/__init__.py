"""The GPU report: tried without a GPU by default, and with one under the marker `gpu`."""
