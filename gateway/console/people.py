"""The pages of the people who work here, one after another."""

from aiohttp import web

from gateway.console.account import account_routes
from gateway.console.agencies import agency_routes
from gateway.console.failures import explained
from gateway.console.login import login_routes
from gateway.console.staff import staff_routes


def people_routes() -> list[web.RouteDef]:
    """For an application that has ``access.ACCESS``."""
    return explained([*login_routes(), *account_routes(), *staff_routes(), *agency_routes()])
