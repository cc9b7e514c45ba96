"""Where records come from and where they go. Nothing is imported here: a connector is loaded when it is named."""
