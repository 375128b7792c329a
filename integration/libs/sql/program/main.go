// Command shelf keeps books in three databases, by six libraries: one path each.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
)

// shelf is a table of books in one of the databases.
type shelf interface {
	// fill empties the shelf and puts titles on it.
	fill(ctx context.Context, titles []string) error
	// find returns the title of a book, or "" where there is none.
	find(ctx context.Context, id int) (string, error)
	// fail asks for what is not there.
	fail(ctx context.Context) error
}

func main() {
	ctx := context.Background()
	for path, open := range map[string]func(context.Context) (shelf, error){
		"/pq": openPQ, "/pgx": openPGX, "/pgxstd": openPGXStd, "/sqlx": openSQLX, "/gorm": openGORM, "/mysql": openMySQL, "/gormmysql": openGORMMySQL, "/sqlite": openSQLite,
	} {
		s, err := open(ctx)
		if err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		http.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := s.fill(r.Context(), []string{"Emma", "Dracula"}); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			for _, id := range []int{1, 2, 3} {
				title, err := s.find(r.Context(), id)
				fmt.Fprintf(w, "%d %q %v\n", id, title, err)
			}
			fmt.Fprintln(w, s.fail(r.Context()) != nil)
		})
	}
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), nil))
}
