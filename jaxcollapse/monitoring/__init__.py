"""Early signs of collapse: evidence that generations no longer follow the reference."""

from .calibration import calibrated_level as calibrated_level
from .calibration import check_independent as check_independent
from .calibration import decline_alarms as decline_alarms
from .evidence import LEVEL as LEVEL
from .evidence import cusum as cusum
from .evidence import cusum_level as cusum_level
from .evidence import cusum_run_length as cusum_run_length
from .evidence import first_alarms as first_alarms
from .evidence import first_crossings as first_crossings
from .evidence import median_alarm as median_alarm
from .evidence import self_evidence as self_evidence
from .evidence import standardized_decline as standardized_decline
from .groups import discoveries as discoveries
from .hidden import HiddenDecline as HiddenDecline
from .runs import stream_of_run as stream_of_run
from .streams import Stream as Stream
from .streams import read_stream as read_stream
from .watching import Sign as Sign
from .watching import Watch as Watch
from .watching import watch as watch
