package postgres

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/headroom/headroom/internal/servers"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/internal/conformance"
)

func at(server, more string) *url.URL {
	u, _ := url.Parse("postgres://postgres@" + server + "/postgres?sslmode=disable" + more)
	return u
}

// TestServer holds the driver against a server of PostgreSQL: one for all, as it
// takes seconds to come up.
func TestServer(t *testing.T) {
	server := servers.Postgres(t)
	ready(t, server)
	t.Run("conformance", func(t *testing.T) {
		conformance.Test(t, conformance.Protocol{
			Server: server, Connections: 4,
			New: func(_ context.Context, dial driver.Dial, connections int) (driver.Call, func(), error) {
				c, err := New(at(server, ""), dial, nil, connections)
				if err != nil {
					return nil, nil, err
				}
				return c.Query("select $1::int + 1", driver.Fixed("41")), c.Close, nil
			},
		})
	})
	t.Run("answers", func(t *testing.T) { queries(t, server) })
}

// ready waits until the server answers, which it does later than it listens.
func ready(t *testing.T, server string) {
	t.Helper()
	c, err := New(at(server, ""), conformance.Plain, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		a := c.Query("select 1", driver.Fixed()).Do(context.Background(), nil)
		if a.Err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v", a)
		}
	}
}

func queries(t *testing.T, server string) {
	c, err := New(at(server, ""), conformance.Plain, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, w := range []struct {
		query  string
		args   []string
		status int
		bytes  int64
		err    error
	}{
		{"create table t (id int primary key, name text)", nil, 0, 0, nil},
		{"insert into t values ($1, $2)", []string{"1", "ada"}, 0, 0, nil},
		{"insert into t values ($1, $2)", []string{"2", "bob'); drop table t; --"}, 0, 0, nil},
		{"select id, name from t where id = $1", []string{"1"}, 0, 1 + 3, nil},
		{"select n from generate_series(1, 10) n", nil, 0, 11, nil},
		{"select null", nil, 0, 0, nil},
		{"insert into t values ($1, $2)", []string{"1", "eve"}, 23505, 0, driver.ErrUnexpected},
		{"select * from nothing", nil, 42000, 0, driver.ErrUnexpected},
		{"select $1::int", []string{"x"}, 22000, 0, driver.ErrUnexpected}, // 22P02
		{"select 1/0", nil, 22012, 0, driver.ErrUnexpected},
		{"select count(*) from t", nil, 0, 1, nil}, // the connection is as good as before
	} {
		a := c.Query(w.query, driver.Fixed(w.args...)).Do(ctx, nil)
		if a.Status != w.status || !errors.Is(a.Err, w.err) || a.Bytes != w.bytes {
			t.Errorf("%s: %+v, want %+v", w.query, a, w)
		}
	}
	if a := c.Query("create role few login connection limit 0", driver.Fixed()).Do(ctx, nil); a.Err != nil {
		t.Fatalf("%+v", a)
	}
	few := at(server, "")
	few.User = url.User("few")
	full, err := New(few, conformance.Plain, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if a := full.Query("select 1", driver.Fixed()).Do(ctx, nil); !errors.Is(a.Err, driver.ErrRejected) || a.Status != 53300 {
		t.Errorf("no connection left: %+v", a)
	}
	u := at(server, "")
	u.Path = "/nothing"
	none, err := New(u, conformance.Plain, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	if a := none.Query("select 1", driver.Fixed()).Do(ctx, nil); !errors.Is(a.Err, driver.ErrUnexpected) || a.Status != 1 { // 3D000
		t.Errorf("no such database: %+v", a)
	}
}

func TestNumbers(t *testing.T) {
	for state, want := range map[string]int{"23505": 23505, "57P01": 57000, "0A000": 1, "XX000": 1, "3D000": 1, "": 1} {
		if got := number(state); got != want {
			t.Errorf("%s is %d, want %d", state, got, want)
		}
	}
	if !errors.Is(judge("53300"), driver.ErrRejected) || !errors.Is(judge("57014"), driver.ErrUnexpected) {
		t.Error("want of room is not told from other errors")
	}
}

func TestAddresses(t *testing.T) {
	for _, text := range []string{"http://localhost", "postgres:///shop", "postgres://localhost/shop?sslmode=perhaps"} {
		u, _ := url.Parse(text)
		if _, err := New(u, conformance.Plain, nil, 1); err == nil {
			t.Errorf("%s passed", text)
		}
	}
}
