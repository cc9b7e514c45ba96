"""What can be said about a template or a record, and how it is printed: the floor every room stands on."""

from recordmap.diagnostics.faults import ConfigurationError, Fault, RecordmapError, TemplateError
from recordmap.diagnostics.model import Diagnostic, Edit, Fix, Label, Position, Severity, Span

__all__ = [
    "ConfigurationError",
    "Diagnostic",
    "Edit",
    "Fault",
    "Fix",
    "Label",
    "Position",
    "RecordmapError",
    "Severity",
    "Span",
    "TemplateError",
]
