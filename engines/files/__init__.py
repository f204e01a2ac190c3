"""Files: images, videos, labels and text in, whatever is written or printed out."""
