"""The library in the window: drives by day and driver, the inbox of incidents, reviews, cases, what marks advise."""
