"""Files: images, videos, labels and text in, and whatever is written out."""
