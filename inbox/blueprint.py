"""The inbox's place in the application."""

from flask import Blueprint

inbox = Blueprint("inbox", __name__, url_prefix="/inbox", template_folder="templates")
