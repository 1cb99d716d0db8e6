"""The passkey in software that the benches use too."""

from alcaldia.project.bench.passkey import SoftPasskey, to_bytes, to_text

__all__ = ["SoftPasskey", "to_bytes", "to_text"]
