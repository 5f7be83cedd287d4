"""data-services: a column of numbers in, its figures out."""

import os
import platform

import structlog
from fastapi import FastAPI
from pydantic import BaseModel, Field, FiniteFloat

from summary import Summary, summarise

VERSION = '1'

log = structlog.get_logger(service=os.environ.get("SERVICE_NAME", "data-services"), version=VERSION)
app = FastAPI(title="data-services", version=VERSION)


class About(BaseModel):
    """Which build answers: the version of its source and the machine it runs on."""

    service: str = "data-services"
    version: str = VERSION
    machine: str = platform.machine()


class Column(BaseModel):
    numbers: list[FiniteFloat] = Field(min_length=1, max_length=100_000)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/")
def about() -> About:
    return About()


@app.post("/v1/summary")
def summary(column: Column) -> Summary:
    log.info("summary", count=len(column.numbers))
    return summarise(column.numbers)
