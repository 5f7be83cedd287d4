"""ai-services: what a text is about, in its most frequent words."""

import os
import platform

import structlog
from fastapi import FastAPI, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from pydantic import BaseModel

from keywords import Keyword, most_frequent

VERSION = '1'

log = structlog.get_logger(service=os.environ.get("SERVICE_NAME", "ai-services"), version=VERSION)
texts = Counter("ai_services_texts", "Texts that were analysed")
app = FastAPI(title="ai-services", version=VERSION)


class About(BaseModel):
    """Which build answers: the version of its source and the machine it runs on."""

    service: str = "ai-services"
    version: str = VERSION
    machine: str = platform.machine()


class Keywords(About):
    keywords: list[Keyword]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/")
def about() -> About:
    return About()


@app.get("/v1/keywords")
def keywords(
    text: str = Query(min_length=1, max_length=10_000),
    limit: int = Query(default=5, ge=1, le=50),
) -> Keywords:
    found = most_frequent(text, limit)
    texts.inc()
    log.info("keywords", characters=len(text), found=len(found))
    return Keywords(keywords=found)


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
