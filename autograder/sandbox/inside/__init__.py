"""All of our code that runs inside the sandbox, bound into it as the package `inside`; it knows no
secret (P1)."""
