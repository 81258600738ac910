"""The pages of organisations, and what is said to those who pass by: robots, sitemaps, an icon. GET changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for

from projections.lists import Lists
from projections.web import browsing, replies
from projections.web.asking import asked
from projections.web.contents import TIME
from projections.web.pages import page
from projections.web.sitemaps import Sitemaps
from signatures.errors import RegisterError
from signatures.web.address import base_address
from signatures.web.frame import refusal_page

XML = "application/xml; charset=utf-8"


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `site` over the questions of a register."""
    site = Blueprint("site", __name__, template_folder="../templates")
    maps = Sitemaps(lists)

    @site.get("/organisations")
    def organisations() -> Response:
        """List the organisations that signed anything, by name."""
        return page("organisations.html", **browsing.organisations(lists, asked("lang", "q", "cursor")))

    @site.get("/organisations/<uuid:id_>")
    def organisation(id_: UUID) -> Response:
        """Show an organisation: its names and what it signed."""
        return page("organisation.html", **browsing.organisation(lists, str(id_), asked("lang")))

    @site.get("/statements/<reference>/territories")
    def territories(reference: str) -> Response:
        """Show who stands under a statement by region and country."""
        return page("territories.html", **browsing.territories(lists, reference, asked("lang", *TIME)))

    @site.get("/robots.txt")
    def robots() -> Response:
        """Tell robots what is not for them, and where the map of the site is."""
        told = f"User-agent: *\nDisallow: /editors/\nDisallow: /embed/\n\nSitemap: {base_address()}/sitemap.xml\n"
        return replies.reply(replies.rendered(told.encode()), "text/plain; charset=utf-8")

    @site.get("/sitemap.xml")
    def sitemap() -> Response:
        """List the parts of the map of the site."""
        return _map("sitemap.xml", parts=maps.parts())

    @site.get("/sitemaps/<kind>-<int:after>.xml")
    def part(kind: str, after: int) -> Response:
        """List the pages of statements or organisations registered after a position."""
        return _map("urlset.xml", pages=maps.part(kind, after))

    @site.get("/favicon.ico")
    def favicon() -> Any:
        """Lead those who look for an icon without reading a page to the one that there is."""
        return redirect(url_for("static", filename="icon.svg"), 301)

    @site.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal in its own sentence."""
        return refusal_page(error)

    return site


def _map(template: str, **context: Any) -> Response:
    written = render_template(template, base=base_address(), **context)
    return replies.reply(replies.rendered(written.encode()), XML)
