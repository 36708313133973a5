package scenarios

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Options say how a scenario is loaded; the zero value is usable.
type Options struct {
	Set   []string  // overrides, as "services.db.replicas=3"
	Stdin io.Reader // what the name "-" reads; os.Stdin when nil
}

// Load finds, reads, overrides and compiles a scenario. The name is the path
// of a file, "-" for standard input, or the name of a library scenario; a file
// wins over a library scenario of the same name. An error is a [Diagnostics].
func Load(name string, o Options) (*Model, error) {
	file, src, d := find(name, o)
	if d != nil {
		return nil, Diagnostics{*d}
	}
	m, diags := Parse(file, src, o.Set)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// stdinName is what messages call standard input.
const stdinName = "<stdin>"

// find returns the text that a name stands for, and what to call it.
func find(name string, o Options) (file string, src []byte, d *Diagnostic) {
	if name == "-" {
		in := o.Stdin
		if in == nil {
			in = os.Stdin
		}
		src, d = readAll(stdinName, in, -1)
		return stdinName, src, d
	}
	src, d = readFile(name)
	if d == nil {
		return name, src, nil
	}
	if entry, ok := fromLibrary(name); ok {
		return name, entry, nil
	}
	return name, nil, d
}

// readFile reads a scenario file.
func readFile(name string) ([]byte, *Diagnostic) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, missing(name, err)
	}
	if info.IsDir() {
		return nil, &Diagnostic{Pos: Pos{File: name}, Msg: "this is a folder, not a scenario"}
	}
	if info.Mode().IsRegular() && info.Size() > yamlx.MaxSize {
		d := fromProblem(&yamlx.Source{Name: name}, yamlx.TooLarge(info.Size()))
		return nil, &d
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, missing(name, err)
	}
	src, d := readAll(name, f, -1)
	if err := f.Close(); err != nil && d == nil {
		return nil, missing(name, err)
	}
	return src, d
}

// readAll reads at most the size of a scenario.
func readAll(name string, in io.Reader, size int64) ([]byte, *Diagnostic) {
	src, err := io.ReadAll(io.LimitReader(in, yamlx.MaxSize+1))
	if err != nil {
		return nil, &Diagnostic{Pos: Pos{File: name}, Msg: "cannot be read: " + err.Error()}
	}
	if len(src) > yamlx.MaxSize {
		d := fromProblem(&yamlx.Source{Name: name}, yamlx.TooLarge(size))
		return nil, &d
	}
	return src, nil
}

// missing explains why a name leads to no scenario.
func missing(name string, err error) *Diagnostic {
	d := &Diagnostic{Pos: Pos{File: name}}
	if !errors.Is(err, fs.ErrNotExist) {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		d.Msg = "cannot be read: " + err.Error()
		return d
	}
	if strings.ContainsAny(name, `/\`) || filepath.Ext(name) != "" {
		d.Msg = "there is no such file"
		return d
	}
	d.Msg = "there is no such file, and no library scenario of this name"
	var names []string
	for _, e := range Library() {
		names = append(names, e.Name)
	}
	d.Hint = didYouMean(name, names)
	return d
}

// beside reads a file that a scenario refers to, of at most [yamlx.MaxSize] bytes.
func (c *compiler) beside(name string) ([]byte, error) { return c.besideUpTo(name, yamlx.MaxSize) }

// besideUpTo reads a file that a scenario refers to: a regular one, of a bounded
// length (B), in the folder of the scenario or below. A scenario from somewhere
// else must not make us send what lies around on this machine.
func (c *compiler) besideUpTo(name string, most int64) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%q leaves the folder of the scenario", name)
	}
	path := filepath.Join(filepath.Dir(c.file), name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %q", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a file", name)
	case info.Size() > most:
		return nil, fmt.Errorf("%q has more than %d MiB", name, most>>20)
	}
	content, err := os.ReadFile(path)
	if err == nil {
		c.files = append(c.files, content)
	}
	return content, err
}
