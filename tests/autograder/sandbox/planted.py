"""A secret of the trusted process, there before the template is started: in memory and in the environment."""

import os

SECRET = os.urandom(16).hex()
