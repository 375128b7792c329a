// Command standins stands in for what the order platform needs beside itself: a PostgreSQL
// server and AWS. The demonstration of xray-local runs it; it is part of this module since
// the root module is to have few dependencies.
//
// It prints its addresses as one line of JSON, then takes lines on standard input, and ends
// with it:
//
//	slow DATABASE DURATION      delays every statement
//	fail DATABASE N             every nth change fails; 0: none
//	exec DATABASE STATEMENT     runs a statement
//	throttle dynamodb N         every nth call of DynamoDB is refused as too many, with its retry; 0: none
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/awsstub"
	"github.com/seed-4257438c/xray-instrument/integration/internal/pglite"
)

// databases are those of the services that have one.
var databases = []string{"orders", "stock", "shipping"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("standins: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: standins FOLDER")
	}
	db, err := pglite.Start(os.Args[1])
	if err != nil {
		return err
	}
	defer db.Close()
	aws := awsstub.New()
	defer aws.Close()

	started := struct {
		Databases map[string]string // the URL of each
		AWS       []string          // environment for the SDKs
	}{map[string]string{}, aws.Env()}
	for _, name := range databases {
		started.Databases[name] = db.URL(name)
	}
	if err := json.NewEncoder(os.Stdout).Encode(started); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := command(db, aws, strings.SplitN(lines.Text(), " ", 3)); err != nil {
			log.Printf("%s: %v", lines.Text(), err)
		}
	}
	return lines.Err()
}

func command(db *pglite.Server, aws *awsstub.Stub, words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("want three words")
	}
	switch words[0] {
	case "slow":
		delay, err := time.ParseDuration(words[2])
		db.Slow(words[1], delay)
		return err
	case "exec":
		return db.Exec(words[1], words[2])
	}
	n, err := strconv.Atoi(words[2])
	switch words[0] {
	case "fail":
		db.Fail(words[1], n)
	case "throttle":
		aws.Throttle(n)
	default:
		return fmt.Errorf("unknown")
	}
	return err
}
