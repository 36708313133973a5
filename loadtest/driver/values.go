package driver

import "sync"

// Values are the variables of one request, or of one session on its way
// through several: what feeders gave it and earlier answers left it.
// Branches of a session that run at once share them.
type Values struct {
	mu   sync.Mutex
	held map[string]string

	attached map[any]any // by [Values.Attach]
}

// Get returns the value of a variable, and whether it has one.
func (v *Values) Get(name string) (string, bool) {
	if v == nil {
		return "", false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	value, ok := v.held[name]
	return value, ok
}

// Set gives a variable a value. Values that are nil keep nothing.
func (v *Values) Set(name, value string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.held == nil {
		v.held = map[string]string{}
	}
	v.held[name] = value
}
