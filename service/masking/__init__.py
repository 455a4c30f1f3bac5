"""Free text without personal data: ``mask`` hides phones, e-mails, numbers of people, addresses, births and names.

Pure: the same text gives the same result. One file a kind of data; ``masking`` puts them together.
"""

from service.masking.hidden import Hidden
from service.masking.masking import Masked, mask

__all__ = ["Hidden", "Masked", "mask"]
