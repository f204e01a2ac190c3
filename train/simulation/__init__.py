"""The simulated cabin: a driver drawn from geometry alone, no photograph anywhere, doing the activities C0 to C9.

Car coordinates everywhere: metres, x forward, y to the driver's left (away from the camera), z up, origin at the
middle of the driver's hips. Angles are radians. A positive yaw turns left, a negative one towards the camera.
"""
