"""Files: images, labels and text in, and whatever is written out."""
