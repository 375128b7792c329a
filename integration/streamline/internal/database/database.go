// Package database opens the PostgreSQL database of the platform.
package database

import (
	"database/sql"
	"fmt"

	_ "github.com/lib/pq" // the driver
)

const maxConns = 8

// Open returns a pool of connections that has been tried once.
func Open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, fmt.Errorf("reaching the database: %w", err)
	}
	return db, nil
}

// Migrate runs the statements that create a service's tables, in order.
func Migrate(db *sql.DB, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("creating tables: %w", err)
		}
	}
	return nil
}
