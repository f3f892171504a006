"""The TA's side of the course: it runs submissions where they can do no harm, and judges what they
return."""

import sys

# jsonschema, behind every notebook that is read, would spend a second of each start on a grammar of internationalised
# web addresses; it does without where this package cannot be imported, and no notebook's schema asks for it
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
