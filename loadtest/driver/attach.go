package driver

import "errors"

var (
	// ErrCheck says that the answer is not what was expected of it, or that a
	// request could not be filled in.
	ErrCheck = errors.New("check failed")
	// ErrExhausted says that the data are used up that each request needs its
	// own row of: nothing was sent, and nothing more can be.
	ErrExhausted = errors.New("out of data")
)

// Attach returns what is kept with the values under a key, and makes it where
// there is nothing yet. Values that are nil keep nothing.
func (v *Values) Attach(key any, fresh func() any) any {
	if v == nil {
		return fresh()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	kept, ok := v.attached[key]
	if !ok {
		if v.attached == nil {
			v.attached = map[any]any{}
		}
		kept = fresh()
		v.attached[key] = kept
	}
	return kept
}
