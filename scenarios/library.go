package scenarios

import (
	"embed"
	"strings"
)

//go:embed library/*.yaml
var library embed.FS

// Entry is a scenario of the library.
type Entry struct {
	Name        string
	Title       string // one line
	Description string // the "description" of the scenario
}

// Library lists the scenarios that come with headroom, the main one first.
func Library() []Entry {
	names := []string{"albumly", "checkout", "mm1", "mmc", "closed", "jackson", "batch"}
	out := make([]Entry, 0, len(names))
	for _, name := range names {
		src, ok := fromLibrary(name)
		if !ok {
			continue
		}
		out = append(out, describeEntry(name, src))
	}
	return out
}

// LibrarySource returns the text of a library scenario.
func LibrarySource(name string) ([]byte, bool) { return fromLibrary(name) }

func fromLibrary(name string) ([]byte, bool) {
	if strings.ContainsAny(name, `/\.`) {
		return nil, false
	}
	src, err := library.ReadFile("library/" + name + ".yaml")
	return src, err == nil
}

// describeEntry takes the title from the first comment line of the file.
func describeEntry(name string, src []byte) Entry {
	first, _, _ := strings.Cut(string(src), "\n")
	e := Entry{Name: name, Title: strings.TrimSpace(strings.TrimPrefix(first, "#"))}
	if spec, _ := ReadSpec(name, src); spec != nil {
		if d := spec.root.Get("description"); d != nil {
			e.Description = strings.TrimSpace(d.Text)
		}
	}
	return e
}
