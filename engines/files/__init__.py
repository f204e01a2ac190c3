"""Files: images, videos, labels and text in, and whatever is written or printed; what people may read is `printable`."""
