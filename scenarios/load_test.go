package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLoadFindsScenarios(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "shop.yaml", small)
	m, err := Load(file, Options{})
	if err != nil || m.Name != "shop" || m.File != file {
		t.Errorf("a file: %+v, %v", m, err)
	}
	m, err = Load("-", Options{Stdin: strings.NewReader(small)})
	if err != nil || m.Name != "shop" || m.File != "<stdin>" {
		t.Errorf("standard input: %+v, %v", m, err)
	}
	m, err = Load("mm1", Options{})
	if err != nil || m.Name != "mm1" || m.File != "mm1" {
		t.Errorf("the library: %+v, %v", m, err)
	}
	t.Chdir(dir)
	write(t, dir, "mm1", small)
	if m, err = Load("mm1", Options{}); err != nil || m.Name != "shop" {
		t.Errorf("a file that is named like a library scenario: %+v, %v", m, err)
	}
	if err := os.Mkdir("closed", 0o755); err != nil {
		t.Fatal(err)
	}
	if m, err = Load("closed", Options{}); err != nil || m.Name != "closed" {
		t.Errorf("a folder that is named like a library scenario: %+v, %v", m, err)
	}
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, dir, "secret.yaml", small)
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"albumy":                        `albumy: there is no such file, and no library scenario of this name; did you mean "albumly"?`,
		"kubernetes":                    "kubernetes: there is no such file, and no library scenario of this name; known are albumly, checkout, mm1, mmc, closed, jackson, batch",
		"nothing.yaml":                  "nothing.yaml: there is no such file",
		filepath.Join(dir, "a", "b"):    filepath.Join(dir, "a", "b") + ": there is no such file",
		dir:                             dir + ": this is a folder, not a scenario",
		filepath.Join(secret, "x.yaml"): "x.yaml: cannot be read: not a directory",
		"":                              `: there is no such file, and no library scenario of this name; known are albumly, checkout, mm1, mmc, closed, jackson, batch`,
	}
	if os.Getuid() != 0 && runtime.GOOS != "windows" {
		tests[secret] = secret + ": cannot be read: permission denied"
	}
	for name, want := range tests {
		_, err := Load(name, Options{})
		var diags Diagnostics
		if !errors.As(err, &diags) || !strings.HasSuffix(err.Error(), strings.TrimPrefix(want, ": ")) {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
	_, err := Load("-", Options{Stdin: failing{}})
	if err == nil || err.Error() != "<stdin>: cannot be read: no more paper" {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no more paper") }

// TestFilesBeside holds that a scenario may refer to files in its folder, which
// then count for its digest, and to no others.
func TestFilesBeside(t *testing.T) {
	dir := t.TempDir()
	body := "live: {operations: {web.page: {path: /, body: {file: FILE}}}}\n"
	gaps := strings.Replace(small, "poisson(1/s)", "renewal(empirical(FILE))", 1)
	outside := write(t, dir, "outside.txt", "outside")
	inner := filepath.Join(dir, "inner")
	if err := os.MkdirAll(filepath.Join(inner, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, inner, "sub/order.json", `{"a": 1}`)
	write(t, inner, "gaps.csv", "10ms\n20ms\n30ms\n")
	load := func(text, name string) (*Model, error) {
		return Load(write(t, inner, "s.yaml", strings.ReplaceAll(text, "FILE", name)), Options{})
	}
	m, err := load(small+body, "sub/order.json")
	if err != nil {
		t.Fatal(err)
	}
	if r := m.Live.Operations[0]; string(r.Body) != `{"a": 1}` || r.Method != "POST" {
		t.Errorf("request %+v", r)
	}
	before := m.Digest
	write(t, inner, "sub/order.json", `{"a": 2}`)
	if m, err = load(small+body, "sub/order.json"); err != nil || m.Digest == before {
		t.Errorf("digest %v, %v: another file, the same digest", m.Digest, err)
	}
	if m, err = load(gaps, "gaps.csv"); err != nil || m.Workloads[0].Arrivals.Rate < 49.999 || m.Workloads[0].Arrivals.Rate > 50.001 {
		t.Errorf("gaps of a file: %+v, %v", m, err)
	}
	write(t, inner, "big.json", strings.Repeat("x", 1<<20+1))
	for name, want := range map[string]string{
		"../outside.txt": "leaves the folder", outside: "leaves the folder", "none.json": "there is no file", "sub": "is not a file", "big.json": "more than 1 MiB",
	} {
		if _, err := load(small+body, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if _, err := load(gaps, "../outside.txt"); err == nil || !strings.Contains(err.Error(), "leaves the folder") {
		t.Errorf("gaps from outside: %v", err)
	}
}

func TestLibrary(t *testing.T) {
	entries := Library()
	if len(entries) != 7 || entries[0].Name != "albumly" {
		t.Fatalf("%d entries, the first %v", len(entries), entries[0])
	}
	files, err := library.ReadDir("library")
	if err != nil || len(files) != len(entries) {
		t.Errorf("%d files, %d entries, %v", len(files), len(entries), err)
	}
	for _, e := range entries {
		if e.Title == "" || e.Description == "" || len(e.Title) > 90 {
			t.Errorf("%s: title %q, description %q", e.Name, e.Title, e.Description)
		}
		m, err := Load(e.Name, Options{})
		if err != nil {
			t.Errorf("%s:\n%v", e.Name, err)
			continue
		}
		if m.Name != e.Name || len(m.Objectives) == 0 {
			t.Errorf("%s: name %s, %d objectives", e.Name, m.Name, len(m.Objectives))
		}
	}
	if _, ok := LibrarySource("../library/mm1"); ok {
		t.Error("a path is no name")
	}
}

func TestStarter(t *testing.T) {
	for name, want := range map[string]string{
		"checkout": "checkout", "my shop!": "my-shop", "": "system", "日本": "system", "3d-printer": "d-printer", strings.Repeat("x", 99): strings.Repeat("x", 64), "a--": "a",
	} {
		m, diags := Parse("new.yaml", Starter(name), nil)
		if diags != nil {
			t.Errorf("%q: %v", name, diags)
		} else if m.Name != want {
			t.Errorf("%q becomes %q, want %q", name, m.Name, want)
		}
	}
}

// TestAlbumlyCell holds what the main scenario promises: a day's photos, and a
// cell that two cores can carry.
func TestAlbumlyCell(t *testing.T) {
	m, err := Load("albumly", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if perDay := m.Workloads[0].Arrivals.Rate * 86400; perDay < 1.1999e9 || perDay > 1.2001e9 {
		t.Errorf("%g photos a day", perDay)
	}
	cell := m.Cell()
	total := 0.0
	for _, w := range cell.Workloads {
		total += w.Arrivals.Rate
	}
	replicas := 0
	for _, s := range cell.Services {
		replicas += s.Replicas
	}
	if total > 200 || replicas > 20 || cell.Part != 1.0/280 {
		t.Errorf("a cell has %g requests/s, %d replicas, part %v", total, replicas, cell.Part)
	}
}

func BenchmarkParse(b *testing.B) {
	src, _ := LibrarySource("albumly")
	for b.Loop() {
		if _, diags := Parse("albumly.yaml", src, nil); diags != nil {
			b.Fatal(diags)
		}
	}
}
