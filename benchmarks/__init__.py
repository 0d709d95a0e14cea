"""What others have published, measured again, and what Vigil costs. Everything here runs on its own and is no part of a DAG."""
