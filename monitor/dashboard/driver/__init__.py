"""The driver's view: state, activity and time in one glance, and two things to touch."""
