"""Workflows: which evidence each generation trains on."""

from .base import AbstractWorkflow as AbstractWorkflow
from .base import list_workflows as list_workflows
from .linear import AbstractAccumulation as AbstractAccumulation
from .linear import AbstractEditing as AbstractEditing
from .linear import Accumulate as Accumulate
from .linear import AccumulateRefresh as AccumulateRefresh
from .linear import AccumulateSubsample as AccumulateSubsample
from .linear import Anchor as Anchor
from .linear import Discount as Discount
from .linear import Frozen as Frozen
from .linear import KalmanRefresh as KalmanRefresh
from .linear import Overwrite as Overwrite
from .linear import Refresh as Refresh
from .linear import Replace as Replace
from .linear import Retouch as Retouch
from .linear import Weighted as Weighted
from .linear import Window as Window
from .parts import Each as Each
from .parts import Select as Select
