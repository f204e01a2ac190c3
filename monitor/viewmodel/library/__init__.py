"""What the library's view shows, without Qt: drives by day and driver, the inbox, reviews, and what marks advise."""
