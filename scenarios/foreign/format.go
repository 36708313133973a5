package foreign

import (
	"path/filepath"
	"slices"
	"strings"
)

// Format is a foreign format.
type Format string

const (
	JMVA Format = "jmva"  // queueing networks in product form, for JMT's analytical solver
	JSIM Format = "jsimg" // queueing networks for JMT's simulator
	LQN  Format = "lqnx"  // layered queueing networks
)

// formats lists the formats, with what else their files are called.
func formats() []struct {
	format Format
	names  []string
} {
	return []struct {
		format Format
		names  []string
	}{
		{JMVA, []string{"jmva"}},
		{JSIM, []string{"jsimg", "jsim", "jsimw"}},
		{LQN, []string{"lqnx", "lqn", "lqxo"}},
	}
}

// Formats are the names of the formats.
func Formats() []string {
	var out []string
	for _, f := range formats() {
		out = append(out, string(f.format))
	}
	return out
}

// FormatNamed is the format of a name, in any case and with or without a dot.
func FormatNamed(name string) (Format, bool) {
	name = strings.ToLower(strings.TrimPrefix(name, "."))
	for _, f := range formats() {
		if slices.Contains(f.names, name) {
			return f.format, true
		}
	}
	return requestFormat(name)
}

// FormatOf guesses the format of a file from its extension.
func FormatOf(file string) (Format, bool) {
	ext := filepath.Ext(file)
	if ext == "" {
		return "", false
	}
	return FormatNamed(ext)
}
