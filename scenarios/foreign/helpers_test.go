package foreign

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
)

var update = flag.Bool("update", false, "write the golden files")

// samples are the foreign files of testdata.
func samples(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, f := range Formats() {
		files, err := filepath.Glob("testdata/*." + f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	if len(out) < 10 {
		t.Fatalf("only %d sample files; were they lost?", len(out))
	}
	return out
}

func importFile(t *testing.T, file string) (Format, *Imported) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	format, ok := FormatOf(file)
	if !ok {
		t.Fatalf("%s: no format", file)
	}
	return format, importText(t, format, filepath.Base(file), src)
}

func importText(t *testing.T, format Format, name string, src []byte) *Imported {
	t.Helper()
	got, err := Import(format, name, src)
	if err != nil {
		t.Fatalf("%v\n%.3000s", err, src)
	}
	return got
}

func export(t *testing.T, format Format, m *scenarios.Model) *Exported {
	t.Helper()
	made, err := Export(format, m)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func solved(t *testing.T, m *scenarios.Model) *measure.Result {
	t.Helper()
	r, err := queueing.Solve(t.Context(), m, queueing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near compares with a figure that was printed with six digits.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 5e-6*math.Abs(want)) {
		t.Errorf("%s is %.8g; want %.8g", what, got, want)
	}
}

// stripped is a scenario without its comments, which tell of the file and not of the model.
func stripped(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}
