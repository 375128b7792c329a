package main

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
	_ "modernc.org/sqlite"
)

// table is a shelf by database/sql. Its calls take no context.
type table struct {
	db           *sql.DB
	name, insert string
	selectOne    string
}

func newTable(db *sql.DB, name, first, second string) (*table, error) {
	t := &table{db, name, "INSERT INTO " + name + " VALUES (" + first + ", " + second + ")", "SELECT title FROM " + name + " WHERE id = " + first}
	_, err := db.Exec("CREATE TABLE " + name + " (id INT PRIMARY KEY, title VARCHAR(20))")
	return t, err
}

func openPQ(context.Context) (shelf, error) {
	db, err := sql.Open("postgres", os.Getenv("POSTGRES"))
	if err != nil {
		return nil, err
	}
	return newTable(db, "pq_books", "$1", "$2")
}

func openPGXStd(context.Context) (shelf, error) {
	cfg, err := pgx.ParseConfig(os.Getenv("POSTGRES"))
	if err != nil {
		return nil, err
	}
	return newTable(stdlib.OpenDB(*cfg), "pgxstd_books", "$1", "$2")
}

func openMySQL(context.Context) (shelf, error) {
	cfg, err := mysql.ParseDSN(os.Getenv("MYSQL"))
	if err != nil {
		return nil, err
	}
	cfg.InterpolateParams = true
	db, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		return nil, err
	}
	return newTable(db, "mysql_books", "?", "?")
}

func openSQLite(context.Context) (shelf, error) {
	db, err := sql.Open("sqlite", os.Getenv("SQLITE"))
	if err != nil {
		return nil, err
	}
	return newTable(db, "lite_books", "?", "?")
}

func (t *table) fill(ctx context.Context, titles []string) error {
	tx, err := t.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("DELETE FROM " + t.name); err != nil {
		return err
	}
	if t.name == "pq_books" {
		if err := copyIn(tx, t.name, titles); err != nil {
			return err
		}
		return tx.Commit()
	}
	for i, title := range titles {
		if _, err := tx.Exec(t.insert, i+1, title); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// copyIn puts titles into a table by PostgreSQL's COPY.
func copyIn(tx *sql.Tx, table string, titles []string) error {
	stmt, err := tx.Prepare(pq.CopyIn(table, "id", "title"))
	if err != nil {
		return err
	}
	for i, title := range titles {
		if _, err := stmt.Exec(i+1, title); err != nil {
			return err
		}
	}
	if _, err := stmt.Exec(); err != nil {
		return err
	}
	return stmt.Close()
}

func (t *table) find(ctx context.Context, id int) (title string, err error) {
	err = t.db.QueryRow(t.selectOne, id).Scan(&title)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return title, err
}

func (t *table) fail(ctx context.Context) error {
	_, err := t.db.Exec("DELETE FROM nowhere")
	return err
}
