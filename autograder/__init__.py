"""The TA's side of the course: it runs submissions where they can do no harm, and judges what they
return."""
