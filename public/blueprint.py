"""The public pages' place in the application."""

from flask import Blueprint

public = Blueprint("public", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
