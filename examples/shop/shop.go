package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
)

// shop serves three operations, each under its label in profiles.
type shop struct {
	db     *pgxpool.Pool
	known  *cache
	slower int // percent
	index  []product

	mu    [64]sync.Mutex // of the stock, a product's by its id
	stock [64]map[int]int
}

func newShop(db *pgxpool.Pool, cached, slower int) *shop {
	s := &shop{db: db, known: newCache(cached), slower: slower}
	for id := range 400 {
		s.index = append(s.index, product{ID: id + 1, Name: fmt.Sprintf("product %d", id+1), Price: 100 + id%900})
	}
	for i := range s.stock {
		s.stock[i] = map[int]int{}
	}
	return s
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, op := range map[string]struct {
		name string
		do   http.HandlerFunc
	}{
		"GET /product/{id}": {"shop.product", s.product},
		"GET /search":       {"shop.search", s.search},
		"POST /order":       {"shop.order", s.order},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			pprof.Do(r.Context(), pprof.Labels("operation", op.name), func(ctx context.Context) { op.do(w, r.WithContext(ctx)) })
		})
	}
	return mux
}

// product answers from the cache, or else from the database.
func (s *shop) product(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > products {
		http.NotFound(w, r)
		return
	}
	answer, ok := s.known.get(id)
	if !ok {
		p, err := read(r.Context(), s.db, id)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer, _ = json.Marshal(p) // plain fields
		s.known.put(id, answer)
	}
	sign(w, answer, 400)
}

// search ranks all products that are indexed; that is what it takes its time for.
func (s *shop) search(w http.ResponseWriter, r *http.Request) {
	found := s.rank(cmp.Or(r.URL.Query().Get("q"), "anything"))
	answer, _ := json.Marshal(found[:50]) // plain fields
	sign(w, answer, 100)
}

// rank orders the products by how well they fit.
func (s *shop) rank(q string) []product {
	type scored struct {
		product
		score uint64
	}
	all := make([]scored, len(s.index))
	rounds := 2000 * (100 + s.slower) / 100
	for i, p := range s.index {
		all[i] = scored{p, score(q, p.ID, rounds)}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	out := make([]product, len(all))
	for i, x := range all {
		out[i] = x.product
	}
	return out
}

// score is how well a product fits a query; so many rounds of mixing it takes.
func score(q string, id, rounds int) uint64 {
	h := uint64(id) + 0x9e3779b97f4a7c15
	for i := range rounds {
		h ^= uint64(q[i%len(q)])
		h *= 0xff51afd7ed558ccd
		h ^= h >> 33
	}
	return h
}

// order takes a product from the stock, under its lock, and writes down the sale.
func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Product int `json:"product"`
		Amount  int `json:"amount"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil || ask.Product < 1 || ask.Amount < 1 {
		http.Error(w, "want a product and an amount", http.StatusBadRequest)
		return
	}
	shelf := ask.Product % len(s.mu)
	s.mu[shelf].Lock()
	s.stock[shelf][ask.Product] -= ask.Amount
	sale, err := sell(r.Context(), s.db, ask.Product, ask.Amount, 100*ask.Amount)
	s.mu[shelf].Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, _ := json.Marshal(map[string]int64{"sale": sale})
	sign(w, answer, 400)
}

// sign sends an answer with a signature, which takes so many rounds.
func sign(w http.ResponseWriter, answer []byte, rounds int) {
	sum := sha256.Sum256(answer)
	for range rounds {
		sum = sha256.Sum256(sum[:])
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Signature", fmt.Sprintf("%x", sum))
	_, _ = w.Write(answer) // who went away needs no answer
}
