"""What surrounds the driver: cabin, seat, the world outside, painted surfaces."""
