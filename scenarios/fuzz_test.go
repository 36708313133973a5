package scenarios

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse holds that no text makes the parser panic, that every diagnostic
// points into the text, and that a scenario that passes is one that
// [Model.Check] passes too, as is its cell.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/everything.yaml", "testdata/calls.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, "services.web.replicas=2")
	}
	for _, e := range Library() {
		src, _ := LibrarySource(e.Name)
		f.Add(src, "")
	}
	for _, src := range unfit() {
		if len(src) < 10_000 {
			f.Add([]byte(src), "a[0].b={c: d}")
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		m, diags := Parse("fuzz.yaml", src, nil)
		checkPlaces(t, string(src), diags)
		check(t, m, diags)
		if set != "" {
			m, diags = Parse("fuzz.yaml", src, []string{set})
			check(t, m, diags)
		}
	})
}

func check(t *testing.T, m *Model, diags Diagnostics) {
	t.Helper()
	if (m == nil) == (len(diags) == 0) {
		t.Fatalf("model %v with %d diagnostics", m != nil, len(diags))
	}
	if m == nil {
		_ = diags.Error()
		return
	}
	if err := m.Check(); err != nil {
		t.Errorf("passed, and is not sound: %v", err)
	}
	if err := m.Cell().Check(); err != nil {
		t.Errorf("its cell is not sound: %v", err)
	}
}
