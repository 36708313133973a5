package loadtest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/web"
)

// marked asks an emulated system for an operation, and tells it what a
// [driver.Mark] says: there are few such things, and a request for each.
type marked struct {
	engine web.Engine
	plain  web.Request
	status int

	mu    sync.Mutex
	calls map[string]driver.Timed // by what they tell
}

var _ driver.Timed = (*marked)(nil)

// newMarked makes a request of an operation, and checks it.
func newMarked(engine web.Engine, r *web.Request, status int) (*marked, error) {
	m := &marked{engine: engine, plain: *r, status: status, calls: map[string]driver.Timed{}}
	_, err := m.call(nil)
	return m, err
}

// Do implements [driver.Call].
func (m *marked) Do(ctx context.Context, values *driver.Values) driver.Answer {
	return m.DoWithin(ctx, 0, values)
}

// DoWithin implements [driver.Timed].
func (m *marked) DoWithin(ctx context.Context, limit time.Duration, values *driver.Values) driver.Answer {
	c, err := m.call(driver.Marks(ctx))
	if err != nil {
		return driver.Answer{Err: err}
	}
	return c.DoWithin(ctx, limit, values)
}

// call is the request that tells what marks say.
func (m *marked) call(marks map[string]string) (driver.Timed, error) {
	var told []string
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		told = append(told, name, marks[name])
	}
	key := strings.Join(told, "\n")
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.calls[key]; c != nil {
		return c, nil
	}
	r := m.plain
	r.Header = r.Header.Clone()
	for name, value := range marks {
		r.Header.Set(name, value)
	}
	c, err := web.NewCall(m.engine, &r, m.status)
	if err != nil {
		return nil, err
	}
	m.calls[key] = c
	return c, nil
}
