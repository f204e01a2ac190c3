"""Labelled images of a data set, how they are divided, sampled and augmented."""
