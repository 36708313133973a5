package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Estimate is a figure and how sure it is, in the unit that the field which
// holds it names. The zero Estimate means "not known".
//
// Confidence is 1 for a figure given without an interval: an exact one, or a
// measured one taken as it stands. Otherwise the true value lies in [Lo, Hi]
// with that confidence.
type Estimate struct {
	Value      float64
	Lo, Hi     float64
	Confidence float64
}

// Exactly is a figure without an interval.
func Exactly(v float64) Estimate { return Estimate{Value: v, Lo: v, Hi: v, Confidence: 1} }

// Between is a figure with an interval of the given confidence, such as 0.95.
func Between(v, lo, hi, confidence float64) Estimate {
	return Estimate{Value: v, Lo: lo, Hi: hi, Confidence: confidence}
}

// Known reports whether there is a figure at all.
func (e Estimate) Known() bool { return e.Confidence != 0 }

// IsZero reports whether there is no figure; JSON leaves it out then.
func (e Estimate) IsZero() bool { return !e.Known() }

// Uncertain reports whether the figure has an interval.
func (e Estimate) Uncertain() bool { return e.Known() && e.Confidence < 1 }

// Times returns the estimate in another unit: every part times factor.
func (e Estimate) Times(factor float64) Estimate {
	e.Value *= factor
	e.Lo *= factor
	e.Hi *= factor
	if factor < 0 {
		e.Lo, e.Hi = e.Hi, e.Lo
	}
	return e
}

type estimateJSON struct {
	Value      *float64 `json:"value"`
	Lo         *float64 `json:"lo,omitempty"`
	Hi         *float64 `json:"hi,omitempty"`
	Confidence float64  `json:"confidence,omitempty"`
}

// MarshalJSON writes {"value": …} with "lo", "hi" and "confidence" where there
// is an interval. A figure that is not finite is an error: JSON has no word for it.
func (e Estimate) MarshalJSON() ([]byte, error) {
	for _, x := range []float64{e.Value, e.Lo, e.Hi, e.Confidence} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("measure: an estimate of %v [%v, %v] is not a figure", e.Value, e.Lo, e.Hi)
		}
	}
	if !e.Known() {
		return []byte("null"), nil
	}
	j := estimateJSON{Value: &e.Value}
	if e.Uncertain() {
		j.Lo, j.Hi, j.Confidence = &e.Lo, &e.Hi, e.Confidence
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Estimate) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*e = Estimate{}
		return nil
	}
	var j estimateJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	if j.Value == nil {
		return errors.New(`measure: an estimate without a "value"; leave the field out where the figure is not known`)
	}
	if j.Lo == nil || j.Hi == nil || j.Confidence == 0 {
		*e = Exactly(*j.Value)
		return nil
	}
	*e = Between(*j.Value, *j.Lo, *j.Hi, j.Confidence)
	return nil
}

// Values is a series of figures; NaN stands for one that is not known and is
// null in JSON.
type Values []float64

// MarshalJSON writes NaN as null.
func (v Values) MarshalJSON() ([]byte, error) {
	out := make([]*float64, len(v))
	for i := range v {
		if !math.IsNaN(v[i]) && !math.IsInf(v[i], 0) {
			out[i] = &v[i]
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads null as NaN.
func (v *Values) UnmarshalJSON(b []byte) error {
	var in []*float64
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*v = make(Values, len(in))
	for i, p := range in {
		if (*v)[i] = math.NaN(); p != nil {
			(*v)[i] = *p
		}
	}
	return nil
}
