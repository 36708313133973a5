package message

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/holes"
)

// Source is what the requests of a run are filled from, and where it is kept
// what was wrong with their answers.
type Source struct {
	live  *scenarios.Live
	env   func(string) (string, bool)
	admit func(context.Context, *url.URL) error

	feeds   map[string]*feed
	counter atomic.Int64
	ids     *stream
	numbers *stream

	mu       sync.Mutex
	admitted map[string]error
	problems map[Problem]int64
	tokens   map[scenarios.Auth]*token
}

// NewSource makes what the requests of a live section are filled from. The
// environment is where secrets come from, admit says whether an address may be
// asked.
func NewSource(live *scenarios.Live, seed uint64, env func(string) (string, bool), admit func(context.Context, *url.URL) error) *Source {
	s := &Source{
		live: live, env: env, admit: admit,
		feeds:    map[string]*feed{},
		ids:      newStream(seed, "live/uuid"),
		numbers:  newStream(seed, "live/random"),
		admitted: map[string]error{}, problems: map[Problem]int64{}, tokens: map[scenarios.Auth]*token{},
	}
	for i := range live.Data {
		d := &live.Data[i]
		s.feeds[d.Name] = newFeed(d, seed)
	}
	return s
}

// stream is a random stream that several requests draw from.
type stream struct {
	mu   sync.Mutex
	rand *rand.Rand
}

func newStream(seed uint64, name string) *stream {
	return &stream{rand: variate.Stream(seed, 0, name)}
}

// between draws a whole number from lo to hi.
func (s *stream) between(lo, hi int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lo + s.rand.Int64N(hi-lo+1)
}

// uuid draws a random identifier, version 4 of [Dave24] §5.4.
func (s *stream) uuid() string {
	s.mu.Lock()
	hi, lo := s.rand.Uint64(), s.rand.Uint64()
	s.mu.Unlock()
	hi = hi&^0xF000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xFFFF, hi&0xFFFF, lo>>48, lo&(1<<48-1))
}

// environment is a variable of the environment. What it is never becomes part
// of an error.
func (s *Source) environment(name string) (string, error) {
	value, ok := s.env(name)
	if !ok || value == "" {
		return "", fmt.Errorf("${env:%s} is not set in the environment", name)
	}
	return value, nil
}

// knows says what is wrong with a hole for data.
func (s *Source) knows(p holes.Piece) error {
	f, ok := s.feeds[p.Name]
	if !ok {
		return fmt.Errorf("${%s}: live.data has no %q", p.Text, p.Name)
	}
	if _, ok := f.columns[p.Column]; !ok {
		return fmt.Errorf("${%s}: the data %s have no column %q", p.Text, p.Name, p.Column)
	}
	return nil
}

// feed gives out the rows of a data file.
type feed struct {
	*scenarios.Feed
	columns map[string]int
	next    atomic.Int64
	draws   *stream
}

func newFeed(d *scenarios.Feed, seed uint64) *feed {
	f := &feed{Feed: d, columns: map[string]int{}, draws: newStream(seed, "live/data/"+d.Name)}
	for i, name := range d.Columns {
		f.columns[name] = i
	}
	return f
}

// row is the next row, nil when there is none.
func (f *feed) row() []string {
	if f.Pick == scenarios.PickRandom {
		return f.Rows[f.draws.between(0, int64(len(f.Rows))-1)]
	}
	n := f.next.Add(1) - 1
	if f.Pick == scenarios.PickUnique && n >= int64(len(f.Rows)) {
		return nil
	}
	return f.Rows[n%int64(len(f.Rows))]
}

// filling fills the holes of one request. A hole that stands in several places
// of it has the same value in all.
type filling struct {
	source *Source
	values *driver.Values
	made   map[string]string
}

// value is what a hole is filled with.
func (f *filling) value(p *holes.Piece) (string, error) {
	switch p.Kind {
	case holes.Variable:
		if value, ok := f.values.Get(p.Name); ok {
			return value, nil
		}
		return "", fmt.Errorf("${%s} has no value: no earlier request of the session left one", p.Name)
	case holes.Data:
		feed := f.source.feeds[p.Name]
		row, _ := f.values.Attach(feed, func() any { return feed.row() }).([]string)
		if row == nil {
			return "", fmt.Errorf("live.data.%s: %w", p.Name, driver.ErrExhausted)
		}
		return row[feed.columns[p.Column]], nil
	}
	key, _, _ := strings.Cut(p.Text, "|")
	if value, ok := f.made[key]; ok {
		return value, nil
	}
	if f.made == nil {
		f.made = map[string]string{}
	}
	value := f.source.draw(p)
	f.made[key] = value
	return value, nil
}

// draw makes the value of a hole that is built in.
func (s *Source) draw(p *holes.Piece) string {
	switch p.Kind {
	case holes.UUID:
		return s.ids.uuid()
	case holes.Counter:
		return strconv.FormatInt(s.counter.Add(1), 10)
	case holes.Random:
		return strconv.FormatInt(s.numbers.between(p.Lo, p.Hi), 10)
	}
	now := time.Now().UTC()
	switch p.Name {
	case "unix":
		return strconv.FormatInt(now.Unix(), 10)
	case "ms":
		return strconv.FormatInt(now.UnixMilli(), 10)
	case "http":
		return now.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	}
	return now.Format(time.RFC3339Nano)
}
