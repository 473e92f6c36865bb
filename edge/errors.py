"""The error tree. A class exists only where someone catches it.

    EmotionEdgeError                the message says what, where and what to do
    ├── ContractError               a file shared between the folders breaks its contract
    │   ├── ConfigError             the operator must change a configuration file   -> exit 78
    │   └── ModelError              the operator must replace a bundle or weights   -> exit 78
    ├── OutboxHeldError             another process has the outbox open                -> exit 1, tried again
    ├── SourceError                 a camera or file cannot be read                 -> retried
    └── FetchError                  a download failed or had the wrong checksum     -> exit 1

A caller's own mistake (a wrong argument inside this code base) is a ``ValueError``.
"""


class EmotionEdgeError(Exception):
    """Anything that a user can act on; shown without a traceback."""


class ContractError(EmotionEdgeError):
    """A file shared between training, conversion, deployment and device is malformed."""


class ConfigError(ContractError):
    """A configuration file cannot be used; names file, line and field of every fault."""


class ModelError(ContractError):
    """A bundle or weights file cannot be used: missing, altered, or of another network."""


class SourceError(EmotionEdgeError):
    """A camera, stream or file cannot be opened or read."""


class OutboxHeldError(EmotionEdgeError):
    """Another process has the outbox open: a daemon too many, or a backup that will be over soon."""


class FetchError(EmotionEdgeError):
    """Third-party weights could not be fetched or do not match their pinned sha256."""
