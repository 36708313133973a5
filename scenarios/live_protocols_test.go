package scenarios

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProtocols holds what requests over other protocols than HTTP are compiled
// to against what was written.
func TestProtocols(t *testing.T) {
	m, err := Load("testdata/protocols.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := "${users.id}"
	db := "postgres://shop:${env:DB_PASSWORD}@localhost:5432/shop?sslmode=disable"
	want := map[string]struct {
		at  string
		ask Asked
	}{
		"web.page": {"http://127.0.0.1:8081", nil},
		"web.chat": {"wss://localhost:8443", &WebSocket{
			Path: "/chat", Headers: []Pair{{"X-Key", "${env:KEY}"}}, Send: []string{"hello", `{"id":${users.id|raw}}`}, Until: "^ok", Fresh: true,
		}},
		"cart.add": {"grpc://localhost:50051", &GRPC{
			Method: "shop.v1.Cart/Add", Messages: []string{`{"item":"${uuid}","n":3}`}, Metadata: []Pair{{"x-user", "${users.name}"}}, Code: 5,
		}},
		"cart.list": {"grpc://localhost:50051", &GRPC{
			Method: "shop.v1.Cart/Follow", Messages: []string{"{\"item\": ${items.id}, \"by\": \"${users.name}\", \"cost\": \"$5\"}\n", "{}"},
		}},
		"db.find":   {db, &SQL{Query: "select name from users where id = $1", Args: []string{key}}},
		"db.count":  {db, &SQL{Query: "select count(*) from users"}},
		"cache.get": {"redis://localhost/2", &Redis{[]string{"GET", "user:${users.id}"}}},
		"log.write": {"kafka://localhost", &Kafka{Topic: "orders", Key: &key, Value: `{"user":"${users.name}"}`}},
		"log.read":  {"kafka://localhost", &Kafka{Topic: "orders", Consume: 10}},
	}
	if len(m.Live.Operations) != len(want) {
		t.Errorf("%d operations, want %d", len(m.Live.Operations), len(want))
	}
	for name, w := range want {
		op, _ := m.OpByName(name)
		if got := m.AddressOf(op); got != w.at {
			t.Errorf("%s is at %s, want %s", name, got, w.at)
		}
		if diff := cmp.Diff(w.ask, m.Live.Operations[op].Ask); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if m.AddressOf(OpID(len(m.Operations))) != "" {
		t.Error("an operation that is none has an address")
	}
}

// TestSchemaTakesProtocols holds the schema against a scenario that uses all
// words of requests over other protocols.
func TestSchemaTakesProtocols(t *testing.T) {
	src, err := os.ReadFile("testdata/protocols.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := against(t, compiledSchema(t), "protocols", src); err != nil {
		t.Errorf("%#v", err)
	}
}
