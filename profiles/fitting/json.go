package fitting

import (
	"encoding/json"
	"math"
)

// MarshalJSON leaves out the ends of an interval that is not known.
func (i Interval) MarshalJSON() ([]byte, error) {
	out := map[string]float64{}
	for name, v := range map[string]float64{"value": i.Value, "lo": i.Lo, "hi": i.Hi} {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[name] = v
		}
	}
	return json.Marshal(out)
}

// Known reports whether the interval has ends.
func (i Interval) Known() bool { return !math.IsNaN(i.Lo) && !math.IsNaN(i.Hi) }
