"""The paper's tables and figures, and what stands beside them."""
