"""What must be true in every shell. Mixed into one test case per shell."""
from hook_tests import Deactivation, Inheritance
from moving_tests import EnterAndLeave, WhatTheUserHad
from prompt_tests import Changes, IdleCost, StatusAndSignals
from shell_case import URL, ShellCase

__all__ = ["URL", "CommonTests"]


class CommonTests(ShellCase, EnterAndLeave, WhatTheUserHad, StatusAndSignals, Changes, Deactivation,
                  Inheritance, IdleCost):
    """Everything together."""
