package emulate_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/headroom/headroom/loadtest/emulate"
	"github.com/headroom/headroom/scenarios"
)

func ExampleStart() {
	m, problems := scenarios.Parse("shop.yaml", []byte(`
headroom: 1
name: shop
services:
  web: {cores: 2, operations: {order: [{cpu: exp(2ms)}, {call: db.write}]}}
  db: {discipline: fifo, operations: {write: [{cpu: exp(3ms)}]}}
workloads:
  shoppers: {arrivals: poisson(100/s), does: web.order}
`), nil)
	if len(problems) > 0 {
		fmt.Println(problems)
		return
	}
	system, err := emulate.Start(context.Background(), m, emulate.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = system.Close() }()

	answer, err := http.Post(system.URL("web.order"), "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	fmt.Println(len(system.Addresses()), "services;", answer.Status)
	// Output: 2 services; 200 OK
}
