"""What a service function may refuse. Each has a code for machines and a French sentence for the person at the screen.

ServiceError
├── NotFound        nothing there, or nothing this reviewer may see
├── Outdated        somebody else changed it meanwhile; nothing was saved
├── Forbidden       the reviewer's role does not allow it
├── Refused         the change breaks a rule; the sentence says which
└── SealError       (service.keyring) an original cannot be opened with the keys we have
"""


class ServiceError(Exception):
    """Base of this package's errors; ``str(error)`` is the French sentence."""

    code = "service_error"


class NotFound(ServiceError):
    """Nothing there, or nothing this reviewer may see: the two are not told apart."""

    code = "not_found"


class Outdated(ServiceError):
    """Somebody else changed it since it was read; nothing was saved."""

    code = "outdated"


class Refused(ServiceError):
    """The change breaks a rule; ``field`` names what is at fault, where one thing is."""

    code = "refused"

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class Forbidden(ServiceError):
    """The reviewer's role does not allow it."""

    code = "forbidden"
