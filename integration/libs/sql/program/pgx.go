package main

import (
	"context"
	"errors"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pool is a shelf by pgx.
type pool struct{ *pgxpool.Pool }

func openPGX(ctx context.Context) (shelf, error) {
	p, err := pgxpool.New(ctx, os.Getenv("POSTGRES"))
	if err != nil {
		return nil, err
	}
	_, err = p.Exec(ctx, "CREATE TABLE pgx_books (id INT PRIMARY KEY, title VARCHAR(20))")
	return pool{p}, err
}

func (p pool) fill(ctx context.Context, titles []string) error {
	b := &pgx.Batch{}
	b.Queue("DELETE FROM pgx_books")
	b.Queue("SELECT count(*) FROM pgx_books")
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	_, err := p.CopyFrom(ctx, pgx.Identifier{"pgx_books"}, []string{"id", "title"},
		pgx.CopyFromSlice(len(titles), func(i int) ([]any, error) { return []any{i + 1, titles[i]}, nil }))
	return err
}

func (p pool) find(ctx context.Context, id int) (title string, err error) {
	err = p.QueryRow(ctx, "SELECT title FROM pgx_books WHERE id = $1", id).Scan(&title)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return title, err
}

func (p pool) fail(ctx context.Context) error {
	_, err := p.Exec(context.Background(), "DELETE FROM nowhere")
	return err
}
