import numpy as np
from numpy.typing import NDArray

FIELDS: tuple[str, ...]

class Recorder:
    def __init__(self) -> None: ...
    @property
    def runs(self) -> NDArray[np.int64]: ...

def clock_cost(rounds: int = 1000) -> float: ...
