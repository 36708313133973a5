// Command shop is a small HTTP service with what most services have: JSON, a query to
// PostgreSQL, a lock and a cache. headroom's predictions are tried on it: it is
// calibrated at a low load and predicted at a high one (make validation).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	listen := flag.String("listen", "127.0.0.1:8080", "`address` of the service")
	inside := flag.String("pprof", "127.0.0.1:6060", "`address` of /debug/pprof")
	database := flag.String("db", "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable", "`address` of PostgreSQL")
	cached := flag.Int("cache", 2000, "products that are kept in memory")
	slower := flag.Int("slower", 0, "percent that the ranking of a search takes longer: a regression to find")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flag.Arg(0))
	}

	db, err := open(ctx, *database)
	if err != nil {
		return err
	}
	defer db.Close()
	s := newShop(db, *cached, *slower)

	debug := http.NewServeMux()
	debug.HandleFunc("/debug/pprof/", pprof.Index)
	debug.HandleFunc("/debug/pprof/profile", pprof.Profile)
	debug.HandleFunc("/debug/pprof/trace", pprof.Trace)

	failed := make(chan error, 2)
	for address, h := range map[string]http.Handler{*listen: s.handler(), *inside: debug} {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		defer server.Close()
		go func() { failed <- server.Serve(l) }()
	}
	fmt.Printf("shop listens on http://%s, profiles are at http://%s/debug/pprof/\n", *listen, *inside)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}
