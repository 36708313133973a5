package cli

import (
	"fmt"
	"os"

	"github.com/headroom/headroom/profiles/traces"
)

// importTraces turns traces into a scenario; ok is false where the arguments
// mean something else.
func (a *app) importTraces(args []string, hold int) (ok bool, err error) {
	path := args[len(args)-1]
	var format traces.Format
	if len(args) == 2 {
		for _, f := range traces.Formats() {
			if args[0] == f {
				format, ok = traces.Format(f), true
			}
		}
	} else if path != "-" {
		format, ok = traces.FormatIn(path)
	}
	if !ok {
		return false, nil
	}
	bar := newProgress(a.Streams, a.quiet)
	bar.Stage("reading traces", 0)
	o := traces.Options{Hold: hold, Progress: func(done, total int64) {
		share := 0.0
		if total > 0 {
			share = float64(done) / float64(total)
		}
		bar.Update(share, fmt.Sprintf("%d MB", done>>20))
	}}
	var got *traces.Learned
	if path == "-" {
		path = "stdin"
		got, err = traces.ReadFrom(format, path, a.In, o)
	} else {
		if _, err := os.Stat(path); err != nil {
			bar.Done()
			return true, usageError{err}
		}
		got, err = traces.Read(format, path, o)
	}
	bar.Done()
	if err != nil {
		return true, usageError{err}
	}
	made, err := got.Scenario(path)
	if err != nil {
		return true, usageError{err}
	}
	return true, a.deliver(made.Text, made.Notes)
}
