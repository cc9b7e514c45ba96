"""The two small languages inside a template: JMESPath for sources, formulas for values."""
