"""When to alert: pure, and without a clock of its own.

`policy` raises tiers, latches a critical alert and clears; `timer` counts; `driver_state` says attentive, distracted or
unsure, frame by frame; `incidents` says what one incident is; `settings` has every limit; `events`, `cause` and `texts`
say what happened and why.
"""
