# SPDX-License-Identifier: Apache-2.0
"""The registry client against faulty and real registries: test_oci.py OCI_TOOL [unittest options].

The faulty one is harness/quirk_registry.py; the real ones are Debian's docker-registry, with and without
passwords; skopeo judges what arrived. What is not installed is skipped by name.
"""
import os
import sys
import unittest

from harness.oci_case import Case
from oci_auth import Auth, Tls  # noqa: F401 (unittest runs what stands here)
from oci_pull import Pull  # noqa: F401
from oci_push import Push  # noqa: F401
from oci_real import Real  # noqa: F401

if __name__ == "__main__":
    Case.tool = os.path.abspath(sys.argv.pop(1))
    unittest.main()
