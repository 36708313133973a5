package profiling

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/pprof"
)

// Open reads profiles from files, from patterns of names, and from directories:
// of these all that is called *.pb.gz, *.pprof or *.prof.
func Open(names []string) ([]*pprof.Profile, error) {
	files, err := expand(names)
	if err != nil {
		return nil, err
	}
	var out []*pprof.Profile
	for _, file := range files {
		p, err := open(file)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func open(file string) (*pprof.Profile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return pprof.Read(f, file, pprof.Limits{})
}

func isProfile(name string) bool {
	return slices.ContainsFunc([]string{".pb.gz", ".pprof", ".prof", ".pb"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

func expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err == nil && info.IsDir():
			found, err := inside(name)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		case err == nil:
			out = append(out, name)
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?["):
			found, _ := filepath.Glob(name) // a broken pattern finds nothing
			if len(found) == 0 {
				return nil, fmt.Errorf("no file is called %s", name)
			}
			out = append(out, found...)
		default:
			return nil, err
		}
	}
	return out, nil
}

func inside(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() && isProfile(e.Name()) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no profile in %s: no *.pb.gz, *.pprof or *.prof", dir)
	}
	return out, nil
}

// RunIn is the name of the one result of a run that is in a directory, or empty.
func RunIn(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	found := ""
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			continue
		}
		_, err = measure.Decode(f)
		_ = f.Close()
		if err == nil {
			if found != "" {
				return ""
			}
			found = file
		}
	}
	return found
}

// ProfilesOf are the files of profiles that a run kept, those of one service
// where it is named, and whose they are. A file that is not where the run wrote
// it may lie beside the result.
func ProfilesOf(r *measure.Result, file, service string) (files []string, of string, err error) {
	var parts []string
	for part, t := range r.Target {
		if t != nil && t.Profile != "" && (service == "" || part == service) {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	switch {
	case len(parts) == 0:
		return nil, "", fmt.Errorf("%s: the run kept no profile; name the files, or watch pprof in live.observe", file)
	case len(parts) > 1:
		return nil, "", fmt.Errorf("%s: the run kept profiles of %s; say which by --service", file, strings.Join(parts, ", "))
	}
	name := r.Target[parts[0]].Profile
	if _, err := os.Stat(name); err != nil {
		if beside := filepath.Join(filepath.Dir(file), filepath.Base(name)); beside != name {
			name = beside
		}
	}
	if of = parts[0]; of == measure.WholeTarget {
		of = ""
	}
	return []string{name}, of, nil
}
