"""The driver's body: skeleton, posture, hands, head and eyes."""
