"""The suite; its modules mirror the package."""
