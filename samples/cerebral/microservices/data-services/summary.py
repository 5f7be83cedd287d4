"""What a column of numbers says, in its usual figures."""

from statistics import fmean, median, pstdev

from pydantic import BaseModel


class Summary(BaseModel):
    count: int
    least: float
    most: float
    mean: float
    median: float
    deviation: float


def summarise(numbers: list[float]) -> Summary:
    """Of one number or more. The deviation is that of the whole population."""
    return Summary(
        count=len(numbers),
        least=min(numbers),
        most=max(numbers),
        mean=fmean(numbers),
        median=median(numbers),
        deviation=pstdev(numbers),
    )
