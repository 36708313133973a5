package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// products is how many the shop has.
const products = 10_000

// open connects to the database, and fills it when it is new.
func open(ctx context.Context, address string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 16
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	const schema = `
create table if not exists product (id int primary key, name text not null, about text not null, price int not null);
insert into product select i, 'product ' || i, repeat(md5(i::text), 16), 100 + i %% 900 from generate_series(1, %d) i on conflict do nothing;
create table if not exists sale (id bigserial primary key, product int not null, amount int not null, paid int not null);
analyze product;`
	if _, err := db.Exec(ctx, fmt.Sprintf(schema, products)); err != nil {
		db.Close()
		return nil, fmt.Errorf("fill the database: %w", err)
	}
	return db, nil
}

// product is a row of its table.
type product struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	About string `json:"about"`
	Price int    `json:"price"`
}

func read(ctx context.Context, db *pgxpool.Pool, id int) (product, error) {
	p := product{ID: id}
	err := db.QueryRow(ctx, "select name, about, price from product where id = $1", id).Scan(&p.Name, &p.About, &p.Price)
	return p, err
}

func sell(ctx context.Context, db *pgxpool.Pool, id, amount, paid int) (sale int64, err error) {
	err = db.QueryRow(ctx, "insert into sale (product, amount, paid) values ($1, $2, $3) returning id", id, amount, paid).Scan(&sale)
	return sale, err
}
