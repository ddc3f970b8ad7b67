"""Why a certificate proves nothing."""


class CertificateError(ValueError):
    """The prices do not prove the stated bound; the message says which of them, or what they prove."""
