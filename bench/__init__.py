"""Measurements beside their yardsticks, in one run and in short turns: ratios are compared, never seconds."""
