package watch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// capture is a kind of profile.
type capture struct {
	kind, path string
	timed      bool
}

// captures are the kinds of profile that net/http/pprof serves, by our name for
// them, with the last part of their path and whether they are taken over a time.
var captures = []capture{
	{"cpu", "profile", true},
	{"mutex", "mutex", true},
	{"block", "block", true},
	{"allocs", "allocs", true},
	{"heap", "heap", false},
	{"goroutine", "goroutine", false},
}

// CaptureKinds are the kinds of profile that can be captured.
func CaptureKinds() []string {
	var out []string
	for _, c := range captures {
		out = append(out, c.kind)
	}
	return out
}

const pprofRoot = "/debug/pprof"

// Capture takes one profile of a live process that serves net/http/pprof at an
// address, as http://localhost:6060 or http://localhost:6060/debug/pprof, over
// so many whole seconds. Mutex, block and allocs are then what happened in that
// time; heap and goroutine are what is there at once.
func Capture(ctx context.Context, transport http.RoundTripper, at, kind string, seconds int) ([]byte, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address; want a URL such as http://localhost:6060", at)
	}
	i := slices.IndexFunc(captures, func(c capture) bool { return c.kind == kind })
	if i < 0 {
		return nil, fmt.Errorf("there is no profile %q; want one of %s", kind, strings.Join(CaptureKinds(), ", "))
	}
	root := strings.TrimSuffix(u.Path, "/")
	if before, _, ok := strings.Cut(root, pprofRoot); ok {
		root = before
	}
	u.Path = root + pprofRoot + "/" + captures[i].path
	wait := patience
	if captures[i].timed {
		if seconds < 1 {
			return nil, fmt.Errorf("a profile over %d s; want 1 s or more", seconds)
		}
		query := u.Query()
		query.Set("seconds", strconv.Itoa(seconds))
		u.RawQuery = query.Encode()
		wait += time.Duration(seconds) * time.Second
	}
	within, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	data, err := fetch(within, client, u.String(), "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	if !isProfile(data) {
		return nil, fmt.Errorf("%s: %d bytes that are no profile", u.Redacted(), len(data))
	}
	return data, nil
}

// isProfile reports what profiles are written as: gzip, or protocol buffers
// without it.
func isProfile(data []byte) bool {
	return len(data) >= 2 && (data[0] == 0x1f && data[1] == 0x8b || data[0] == 0x0a)
}

// ProcessorTime is how much of it the processes that listen on a port of this
// machine have used since they began (s), as the system counts it. Processes
// are watched on Linux only.
func ProcessorTime(ctx context.Context, port int) (float64, error) {
	samples, err := newProcesses(0, port).look(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range samples {
		if s.Name == "process.cpu" {
			return s.value, nil
		}
	}
	return 0, fmt.Errorf("nothing is known of the processor time of what listens on port %d", port)
}
