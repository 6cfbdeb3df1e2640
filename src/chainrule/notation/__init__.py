from .present import Presented, present

__all__ = ["Presented", "present"]
