"""The language server: what editors ask while a template is being written. Stands above the engine, like `cli`."""
