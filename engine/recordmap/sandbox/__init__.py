"""A local, faithful Klaviyo profiles API for demonstrations and tests. Serves loopback only and calls nobody."""

from __future__ import annotations

from recordmap.sandbox.faults import KINDS as FAULT_KINDS
from recordmap.sandbox.faults import Fault, FaultKind, faults_of
from recordmap.sandbox.gate import SeenRequest
from recordmap.sandbox.generator import People
from recordmap.sandbox.server import Sandbox, make_key
from recordmap.sandbox.settings import Settings

__all__ = [
    "FAULT_KINDS",
    "Fault",
    "FaultKind",
    "People",
    "Sandbox",
    "SeenRequest",
    "Settings",
    "faults_of",
    "make_key",
]
