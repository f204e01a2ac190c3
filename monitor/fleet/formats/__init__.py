"""What leaves in other tools' formats: predictions as labels, and a drive as MCAP for Foxglove."""
