"""The API's description, for programs (``openapi``) and for people (``page``)."""
