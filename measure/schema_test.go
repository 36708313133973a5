package measure

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("result.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("result.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, b []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestSchemaAcceptsResults(t *testing.T) {
	s := compiled(t)
	uncertain := mm1()
	uncertain.Services["web"].Utilization = Between(0.8, 0.79, 0.81, 0.95)
	uncertain.Scenario.Part = 1.0 / 280
	uncertain.Run = Run{
		Tool: "x", Seed: 1<<64 - 1, Duration: 1, Warmup: 2, Replications: 3, Requests: 4, Detail: "d", Target: "t",
		Host: &Host{OS: "linux", Arch: "amd64", CPU: "c", Cores: 2, Memory: 1 << 32, Kernel: "6", Go: "go1"}, Pressure: &Pressure{Own: 0.1},
	}
	uncertain.Workloads["users"].Failures = map[string]int64{"timeout": 3}
	for _, r := range []*Result{mm1(), uncertain, {Kind: Measurement, Method: LoadTest}} {
		if err := validate(t, s, encoded(t, r)); err != nil {
			t.Error(err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	good := string(encoded(t, mm1()))
	for _, change := range [][2]string{
		{`"kind": "prediction"`, `"kind": "guess"`},
		{`"stable": true`, `"stable": "yes"`},
		{`"stable": true`, `"stabel": true`},
		{`"headroom/result/v1"`, `"headroom/result/v9"`},
		{`"utilization": {"value": 0.8}`, `"utilization": {"value": 80}`},
		{`"utilization": {"value": 0.8}`, `"utilization": {"value": 0.8, "lo": 0.7}`},
		{`"utilization": {"value": 0.8}`, `"utilization": {}`},
		{`"utilization": {"value": 0.8}`, `"utilization": 0.8`},
		{`"verdict": "pass"`, `"verdict": "maybe"`},
	} {
		if !strings.Contains(good, change[0]) {
			t.Fatalf("no %s in the sample", change[0])
		}
		if validate(t, s, []byte(strings.Replace(good, change[0], change[1], 1))) == nil {
			t.Errorf("%s was accepted", change[1])
		}
	}
}

// The schema and the Go types name the same fields; those that are always
// written are required; every one is described, with its unit where it has one.
func TestSchemaAgreesWithTypes(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(JSONSchema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs, _ := doc["$defs"].(map[string]any)
	agree(t, "result", reflect.TypeFor[Result](), doc)
	for name, typ := range map[string]reflect.Type{
		"scenario": reflect.TypeFor[Scenario](), "run": reflect.TypeFor[Run](),
		"workload": reflect.TypeFor[Workload](), "operation": reflect.TypeFor[Operation](),
		"service": reflect.TypeFor[Service](), "topic": reflect.TypeFor[Topic](), "job": reflect.TypeFor[Job](), "stage": reflect.TypeFor[Stage](),
		"times": reflect.TypeFor[Times](), "point": reflect.TypeFor[Point](),
		"series": reflect.TypeFor[Series](), "workload_series": reflect.TypeFor[WorkloadSeries](),
		"service_series": reflect.TypeFor[ServiceSeries](), "objective": reflect.TypeFor[Objective](),
		"caveat": reflect.TypeFor[Caveat](), "hold": reflect.TypeFor[Hold](),
		"breakdown": reflect.TypeFor[Breakdown](), "parts": reflect.TypeFor[Parts](),
		"target": reflect.TypeFor[Target](), "resource": reflect.TypeFor[Resource](), "handled": reflect.TypeFor[Handled](), "metric": reflect.TypeFor[Metric](),
		"tipping": reflect.TypeFor[Tipping](), "tipping_spike": reflect.TypeFor[TippingSpike](),
	} {
		def, ok := defs[name].(map[string]any)
		if !ok {
			t.Errorf("no definition of %s", name)
			continue
		}
		agree(t, name, typ, def)
	}
}

func agree(t *testing.T, name string, typ reflect.Type, schema map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if schema["additionalProperties"] != false {
		t.Errorf("%s is not closed", name)
	}
	var required []string
	for i := range typ.NumField() {
		tag, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		p, ok := properties[tag].(map[string]any)
		if !ok {
			t.Errorf("%s.%s is not in the schema", name, tag)
			continue
		}
		if options == "" {
			required = append(required, tag)
		}
		describes(t, name+"."+tag, typ.Field(i).Type, p)
		delete(properties, tag)
	}
	for left := range properties {
		t.Errorf("the schema has %s.%s, which nothing writes", name, left)
	}
	var said []string
	list, _ := schema["required"].([]any)
	for _, x := range list {
		said = append(said, x.(string))
	}
	slices.Sort(required)
	slices.Sort(said)
	if !slices.Equal(required, said) {
		t.Errorf("%s requires %v, always writes %v", name, said, required)
	}
}

// describes wants a description of every property, with a unit for figures.
func describes(t *testing.T, path string, typ reflect.Type, p map[string]any) {
	t.Helper()
	text, _ := p["description"].(string)
	if text == "" && p["$ref"] == nil {
		t.Errorf("%s is not described", path)
	}
	figure := typ == reflect.TypeFor[Estimate]() || typ == reflect.TypeFor[Values]() || typ.Kind() == reflect.Float64
	units := []string{"(s)", "(1/s)", "(1)", "unit"}
	if figure && !slices.ContainsFunc(units, func(u string) bool { return strings.Contains(text, u) }) {
		t.Errorf("%s has no unit: %q", path, text)
	}
}
