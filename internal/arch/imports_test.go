package arch_test

import (
	"slices"
	"strings"
	"testing"
)

// may says which packages of ours a package may import. A package and what
// lies below it share a row; the longest path that fits is the row. Engines
// never import each other: they meet in measure.Result.
var may = map[string][]string{
	"measure":                 {},
	"scenarios":               {"scenarios"},
	"scenarios/dist":          {},
	"scenarios/foreign":       {"scenarios"},
	"internal/variate":        {"scenarios"},
	"internal/arrivals":       {"scenarios"},
	"internal/recovery":       {"measure", "scenarios"},
	"internal/trend":          {},
	"internal/interval":       {},
	"internal/holm":           {},
	"internal/usl":            {},
	"internal/kinds":          {"measure", "scenarios", "internal/trend", "internal/usl"},
	"profiles/estimate":       {"measure", "scenarios", "internal/usl"},
	"profiles/fitting":        {"scenarios"},
	"queueing":                {"measure", "scenarios", "internal/variate", "internal/usl", "queueing"},
	"queueing/ctmc":           {"queueing/internal"},
	"queueing/internal":       {},
	"queueing/layered":        {"queueing/internal"},
	"queueing/qbd":            {"queueing/internal"},
	"queueing/resilience":     {"queueing/internal"},
	"simulate":                {"measure", "scenarios", "internal/variate", "internal/interval", "internal/rules", "internal/arrivals", "internal/recovery", "internal/kinds", "simulate"},
	"loadtest":                {"measure", "scenarios", "internal/variate", "internal/interval", "internal/rules", "internal/arrivals", "internal/recovery", "internal/kinds", "loadtest"},
	"loadtest/emulate":        {"measure", "scenarios", "internal/variate", "internal/rules", "loadtest/internal", "loadtest/emulate"},
	"loadtest/driver":         {"loadtest/driver"},
	"loadtest/driver/message": {"scenarios", "internal/variate", "loadtest/driver"},
	"loadtest/internal":       {},
	"reports":                 {"measure", "scenarios", "internal/holm", "reports"},
	"reports/history":         {"measure", "internal/variate"},
	"internal/servers":        {},
	"capacity":                {"measure", "scenarios", "internal/variate", "queueing", "simulate", "reports/gate"},
	"internal/arch":           {},
	"examples":                {},
	"cmd":                     {"measure", "scenarios", "internal/variate", "internal/servers", "internal/kinds", "internal/usl", "queueing", "simulate", "loadtest", "profiles", "reports", "capacity", "cmd"},
	"loadtest/watch":          {"measure", "scenarios"},
	"profiles":                {"measure", "scenarios", "internal/holm"},
	"loadtest/export":         {"measure", "loadtest"},
	"internal/rules":          {"scenarios"},
	"profiles/logs":           {"measure", "scenarios"},
	"profiles/traces":         {"scenarios"},
}

// alone says which packages may import a library: the others stay free of it,
// so that it can be exchanged in one place.
var alone = map[string][]string{
	"github.com/tsenart/vegeta":       {"loadtest"},
	"gonum.org/v1/plot":               {"reports"},
	"github.com/google/pprof":         {"profiles/pprof"},
	"github.com/prometheus":           {"loadtest/watch"},
	"go.opentelemetry.io/collector":   {"loadtest/export"},
	"github.com/getkin/kin-openapi":   {"scenarios/foreign"},
	"google.golang.org/grpc":          {"loadtest/driver/grpc"},
	"github.com/coder/websocket":      {"loadtest/driver/websocket"},
	"github.com/jackc/pgx":            {"loadtest/driver/postgres", "reports/history", "examples"},
	"modernc.org/sqlite":              {"reports/history"},
	"github.com/twmb/franz-go":        {"loadtest/driver/kafka"},
	"github.com/spf13/cobra":          {"cmd"},
	"go.yaml.in/yaml":                 {"scenarios/internal/yamlx"},
	"github.com/chromedp":             {"reports"},
	"golang.org/x/term":               {"cmd"},
	"github.com/rogpeppe/go-internal": {"cmd"},
	"net/http":                        {"loadtest", "cmd", "reports", "examples"},
	"os/signal":                       {"cmd", "examples"},
	"log":                             {"loadtest/emulate"}, // to silence net/http
	"log/slog":                        {},
}

// testsMay adds to a row what its tests may import besides: other packages are
// the independent answers to compare with.
var testsMay = map[string][]string{
	"internal/arch":       {"scenarios", "measure"}, // the manual's examples
	"queueing/qbd":        {"queueing/ctmc"},
	"queueing/resilience": {"scenarios/dist"},
	"scenarios/foreign":   {"queueing", "measure"},
	"loadtest":            {"simulate", "internal/servers"}, // whose arrivals are the same
	"loadtest/emulate":    {"loadtest", "simulate"},
	"loadtest/export":     {"scenarios"},
	"loadtest/driver":     {"internal/servers"},                // servers
	"profiles/traces":     {"measure", "queueing", "simulate"}, // the round trip
	"reports/history":     {"internal/servers"},
	"reports":             {"queueing", "simulate", "loadtest"},
}

func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

func row(pkg string) (string, bool) {
	best, found := "", false
	for dir := range may {
		if under(pkg, dir) && len(dir) >= len(best) {
			best, found = dir, true
		}
	}
	return best, found
}

// TestImports holds the table of ARCHITECTURE.md against the tree.
func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		r, ok := row(f.pkg)
		if !ok {
			t.Errorf("%s: package %s is not in the table of imports", f.path, f.pkg)
			continue
		}
		for _, path := range f.imports {
			if p, ours := strings.CutPrefix(path, module); ours {
				allowed := slices.Concat(may[r], besides(f, r))
				if p != f.pkg && !slices.ContainsFunc(allowed, func(a string) bool { return under(p, a) }) {
					t.Errorf("%s imports %s; %s may import %v only", f.path, p, r, may[r])
				}
			}
			if path == "math/rand" {
				t.Errorf("%s imports math/rand, whose generator is global: want math/rand/v2", f.path)
			}
			for lib, owners := range alone {
				if under(path, lib) && !f.test && !slices.ContainsFunc(owners, func(o string) bool { return under(f.pkg, o) }) {
					t.Errorf("%s imports %s, which only %v may", f.path, path, owners)
				}
			}
		}
	}
}

func besides(f file, r string) []string {
	if f.test {
		return append([]string{r}, testsMay[r]...)
	}
	return nil
}
