"""Smaller numbers for a network: fp16 and INT8, and how well they agree with fp32."""
