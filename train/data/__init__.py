"""Labelled images of a data set, how they are divided, drawn and augmented."""
