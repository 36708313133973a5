package scenarios

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(Schema())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// against validates a scenario as an editor would see it.
func against(t *testing.T, s *jsonschema.Schema, name string, src []byte) error {
	t.Helper()
	spec, diags := ReadSpec(name, src)
	if spec == nil {
		t.Fatalf("%s: %v", name, diags)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(encodeJSON(spec.root)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSchemaAcceptsGoodScenarios(t *testing.T) {
	s := compiledSchema(t)
	for _, e := range Library() {
		src, _ := LibrarySource(e.Name)
		if err := against(t, s, e.Name, src); err != nil {
			t.Errorf("%s: %#v", e.Name, err)
		}
	}
	if err := against(t, s, "starter", Starter("new")); err != nil {
		t.Errorf("starter: %#v", err)
	}
	everything, err := os.ReadFile("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := against(t, s, "everything", everything); err != nil {
		t.Errorf("everything: %#v", err)
	}
}

// TestSchemaRefusesBadScenarios holds that an editor marks what is wrong in
// form; the rest of the bad scenarios are wrong in meaning only.
func TestSchemaRefusesBadScenarios(t *testing.T) {
	s := compiledSchema(t)
	for _, name := range []string{
		"unknown-key", "wrong-unit", "negative-rate", "not-a-number", "huge", "missing-values", "wrong-kinds",
		"not-yet", "open-and-closed", "version", "balancing", "objectives", "live", "live-requests", "live-auth", "observe", "names", "probability-sum",
		"not-a-mapping", "nothing-works", "session", "route",
		"calls", "retries", "replicas", "messages", "jobs",
	} {
		src, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if against(t, s, name, src) == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

// schemaKeys reads the keys of every definition that closes its keys.
func schemaKeys(t *testing.T) map[string][]string {
	t.Helper()
	type object struct {
		Properties map[string]json.RawMessage
	}
	var doc struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{"": slices.Sorted(maps.Keys(doc.Properties))}
	for name, d := range doc.Defs {
		if len(d.Properties) > 0 {
			out[name] = slices.Sorted(maps.Keys(d.Properties))
		}
	}
	return out
}

// TestSchemaKnowsTheWords keeps the schema and the parser together.
func TestSchemaKnowsTheWords(t *testing.T) {
	steps := stepKeys().known
	for _, kind := range stepKeys().known {
		steps = append(steps, besideKeys(kind).known...)
	}
	objectives := slices.Concat(objectiveKeys(OfWorkload).known, objectiveKeys(OfService).known, objectiveKeys(OfTopic).known)
	var faults []string
	for _, kind := range faultWords() {
		faults = append(faults, besideFaultKeys(kind).known...)
	}
	want := map[string][]string{
		"fault": faults, "test": testKeys().known, "phase": phaseKeys().known, "stairs": stairsKeys().known,
		"": scenarioKeys().known, "service": serviceKeys().known, "balancing": balancingKeys().known, "hash": hashKeys().known,
		"line": lineKeys().known, "adaptive-lifo": managedKeys("adaptive-lifo").known, "codel": managedKeys("codel").known,
		"rateLimit": rateLimitKeys().known, "shed": shedKeys().known, "slow": slowKeys().known, "autoscale": autoscaleKeys().known,
		"step": steps, "parallel": parallelKeys().known, "branch": branchKeys().known, "cache": cacheKeys().known,
		"barrier": barrierKeys().known, "pool": poolKeys().known, "partitions": partitionKeys().known, "replication": replicationKeys().known, "retry": retryKeys().known,
		"repeat": repeatKeys().known, "topic": topicKeys().known, "messageKeys": messageKeyKeys().known, "job": jobKeys().known, "stage": stageKeys().known, "network": networkKeys().known,
		"workload": workloadKeys().known, "does": doesKeys().known, "route": {"start"},
		"operationObjectives": objectiveKeys(OfOperation).known, "objectives": objectives,
		"live": liveKeys().known, "request": requestKeys().known, "body": bodyKeys().known, "expect": expectKeys().known,
		"expectText": expectTextKeys().known, "expectBody": expectBodyKeys().known, "capture": captureKeys().known, "data": dataKeys().known,
		"auth": authKeys().known, "basic": basicKeys().known, "oauth2": oauth2Keys().known, "tls": tlsKeys().known,
		"observe": observeKeys().known, "observation": observeKeys().known, "metrics": metricsKeys().known, "process": processKeys().known,
		"grpc": grpcKeys().known, "websocket": websocketKeys().known, "sql": sqlKeys().known, "kafka": kafkaKeys().known,
		"fanOut": fanOutKeys().known, "hedge": hedgeKeys().known, "breaker": breakerKeys().known,
	}
	for name, words := range want {
		words = slices.Clone(words)
		slices.Sort(words)
		want[name] = slices.Compact(words)
	}
	if diff := cmp.Diff(want, schemaKeys(t)); diff != "" {
		t.Errorf("keys of the parser and of the schema (+) differ:\n%s", diff)
	}
	for _, word := range slices.Concat(dist.FamilyNames(), disciplineWords().known, balancingWords().known, lineWords().known, downWords().known, scalingWords().known, methodWords().known, arrivalWords().known, evictionWords().known, lockModeWords().known, replicationWords().known, readFromWords().known, jitterWords().known, testKindWords().known, fullWords().known, deliveryWords().known, pickWords().known) {
		if !strings.Contains(schema, word) {
			t.Errorf("the schema does not know %q", word)
		}
	}
}
