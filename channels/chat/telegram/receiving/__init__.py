"""How updates come in: asked for or brought, and the files of what came."""
