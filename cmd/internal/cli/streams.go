package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams is the world of a command: where it reads, writes and reports
// progress. Results go to Out, everything else to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	OutTerminal, ErrTerminal bool // whether a person watches it
	Width                    int  // columns of the terminal, 0 when there is none

	Getenv func(string) string
}

// System is the streams of this process.
func System() Streams {
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Getenv:      os.Getenv,
	}
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil {
		s.Width = w
	}
	return s
}

// colour decides whether output to a terminal is coloured: never for a file,
// never where NO_COLOR is set or the terminal is dumb, always when asked for.
func (s Streams) colour(mode string) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	if s.Getenv("NO_COLOR") != "" || s.Getenv("TERM") == "dumb" {
		return false
	}
	return s.OutTerminal
}
