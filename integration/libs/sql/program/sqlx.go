package main

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"github.com/jmoiron/sqlx"
)

// book is a row.
type book struct {
	ID    int
	Title string
}

// named is a shelf by sqlx.
type named struct{ *sqlx.DB }

func openSQLX(context.Context) (shelf, error) {
	db, err := sqlx.Connect("postgres", os.Getenv("POSTGRES"))
	if err != nil {
		return nil, err
	}
	db.MustExec("CREATE TABLE sqlx_books (id INT PRIMARY KEY, title VARCHAR(20))")
	return named{db}, nil
}

func (n named) fill(ctx context.Context, titles []string) error {
	tx, err := n.Beginx()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	tx.MustExec("DELETE FROM sqlx_books")
	for i, title := range titles {
		if _, err := tx.NamedExec("INSERT INTO sqlx_books VALUES (:id, :title)", book{i + 1, title}); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (n named) find(ctx context.Context, id int) (string, error) {
	var b book
	err := n.DB.Get(&b, n.Rebind("SELECT id, title FROM sqlx_books WHERE id = ?"), id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return b.Title, err
}

func (n named) fail(ctx context.Context) error {
	var all []book
	return n.DB.Select(&all, "SELECT * FROM nowhere")
}
