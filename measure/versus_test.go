package measure

import (
	"encoding/json"
	"reflect"
	"testing"
)

// A comparison reads back as it was written; what is not known stays out.
func TestVersusJSON(t *testing.T) {
	v := Versus{
		Schema: VersusSchema, Base: &Result{Schema: Schema}, Other: &Result{Schema: Schema}, Replications: 32,
		Differences: []Difference{{
			Kind: "service", Subject: "db", Metric: "rejected",
			Base: Exactly(0), Other: Between(0.1, 0.08, 0.12, 0.95), By: Between(0.1, 0.08, 0.12, 0.95),
		}},
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Versus
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(v.Differences, back.Differences) {
		t.Errorf("%s reads back as %+v (%v)", raw, back.Differences, err)
	}
	if back.Differences[0].Ratio.Known() || back.Differences[0].Gain.Known() {
		t.Error("what was not known is known")
	}
}

// The sign of a difference is known where its interval leaves out 0.
func TestDifferenceKnown(t *testing.T) {
	for want, e := range map[bool]Estimate{true: Between(-2, -3, -1, 0.95), false: Between(1, -1, 3, 0.95)} {
		if got := (Difference{By: e}).Known(); got != want {
			t.Errorf("%+v: known %v", e, got)
		}
	}
	if (Difference{}).Known() {
		t.Error("a difference of nothing is known")
	}
}
