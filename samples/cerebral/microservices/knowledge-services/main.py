"""knowledge-services: small notes, found again by their words."""

import platform

from fastapi import FastAPI, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from pydantic import BaseModel

from notes import Found, Note, Notes

VERSION = '1'

notes = Notes()
Gauge("knowledge_services_notes", "Notes that are kept").set_function(lambda: len(notes))
app = FastAPI(title="knowledge-services", version=VERSION)


class About(BaseModel):
    """Which build answers: the version of its source and the machine it runs on."""

    service: str = "knowledge-services"
    version: str = VERSION
    machine: str = platform.machine()


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/")
def about() -> About:
    return About()


@app.put("/v1/notes/{name}", status_code=204)
def put(name: str, note: Note) -> None:
    notes.put(name, note)


@app.get("/v1/search")
def search(q: str = Query(min_length=2, max_length=1000)) -> list[Found]:
    return notes.search(q)


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
