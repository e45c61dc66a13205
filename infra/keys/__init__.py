"""Customer-managed KMS keys and the policies that say who may use them."""

from .component import EncryptionKey, Keys
from .statements import ALARM_PUBLISHERS

__all__ = ["ALARM_PUBLISHERS", "EncryptionKey", "Keys"]
