package arch_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// The scenario that the fragments of the manual are put into.
const (
	baseWeb      = "  web: {operations: {checkout: [{cpu: exp(3ms)}], search: [{cpu: exp(5ms)}]}}\n"
	baseServices = baseWeb + `  redis: {operations: {get: [{cpu: 0.2ms}]}}
  stock: {operations: {reserve: [{cpu: exp(2ms)}]}}
  price: {operations: {quote: [{cpu: exp(1ms)}]}}
  shipping: {operations: {dispatch: [{cpu: 5ms}]}}
`
	baseDB       = "  db: {replicas: 3, operations: {read: [{cpu: exp(4ms)}]}}\n"
	baseTopics   = "topics:\n  orders: {consumer: shipping.dispatch}\n"
	baseWorkload = "  shoppers: {arrivals: poisson(20/s), does: web.checkout}\n"
)

// assemble makes a scenario of a block of the manual, by the word after "yaml"
// in its fence.
func assemble(kind, block string) string {
	indent := func(n int) string {
		return strings.Repeat(" ", n) + strings.ReplaceAll(strings.TrimSpace(block), "\n", "\n"+strings.Repeat(" ", n)) + "\n"
	}
	services, workloads, sections := baseServices, baseWorkload, ""
	db := baseDB
	switch kind {
	case "":
		return block
	case "services":
		if strings.HasPrefix(block, "db:") {
			db = ""
		}
		services += indent(2)
	case "steps":
		services = strings.Replace(services, baseWeb, "  web:\n    operations:\n      checkout: []\n      search: []\n      fragment:\n"+indent(8), 1)
	case "workloads":
		workloads += indent(2)
	case "sections":
		sections = block
	}
	return "headroom: 1\nname: manual\nservices:\n" + services + db + baseTopics + "workloads:\n" + workloads + sections
}

// TestManual compiles every example of the language reference and of the README.
func TestManual(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "docs/language.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, readme...)
	blocks := regexp.MustCompile("(?s)```yaml ?([a-z]*)\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) < 15 {
		t.Fatalf("found %d examples", len(blocks))
	}
	for _, b := range blocks {
		text := assemble(b[1], b[2])
		if _, diags := scenarios.Parse("manual.yaml", []byte(text), nil); len(diags) > 0 {
			t.Errorf("%v\n%s", diags, text)
		}
	}
	// Distributions that the table of families names.
	forms := regexp.MustCompile("`([a-z]+\\([^`]*\\))`")
	_, table, _ := strings.Cut(string(data), "| family | written |")
	table, _, _ = strings.Cut(table, "\n\n")
	found := 0
	for _, m := range forms.FindAllStringSubmatch(table, -1) {
		found++
		env := dist.Env{ReadFile: func(string) ([]byte, error) { return []byte("1\n"), nil }}
		if _, err := env.Parse(m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if found < 25 {
		t.Errorf("found %d forms of distributions", found)
	}
}

// TestResultReference looks for every field of a result in its reference.
func TestResultReference(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "docs/result.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(ty reflect.Type) {
		switch ty.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(ty.Elem())
		case reflect.Struct:
			if seen[ty] || ty.PkgPath() != reflect.TypeFor[measure.Result]().PkgPath() {
				return
			}
			seen[ty] = true
			for i := range ty.NumField() {
				f := ty.Field(i)
				if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && !strings.Contains(string(data), "`"+name+"`") {
					t.Errorf("docs/result.md does not explain %q (%s.%s)", name, ty.Name(), f.Name)
				}
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[measure.Result]())
}
