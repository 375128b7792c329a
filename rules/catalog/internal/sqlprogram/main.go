// Command sqlprogram opens databases as a traced program does that is no test: in a
// test, databases that may be stubs stay as they are. It sends its segments to
// the daemon that the environment names, and prints the traces' names.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/fakedb"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

const dsn = "fake://teller:secret@db.example:5432/shop"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	xray.SetLogger(xraylog.NullLogger)
	if err := xray.Configure(xray.Config{SamplingStrategy: everything{}}); err != nil {
		return err
	}
	opened, err := traced.SQLOpen(fakedb.Driver, dsn)
	if err != nil {
		return err
	}
	for _, db := range []*sql.DB{opened, traced.SQLOpenDB(fakedb.Connector{DSN: dsn})} {
		ctx, seg := xray.BeginSegment(context.Background(), "program")
		if _, err := traced.DBExec(ctx, db, "INSERT a"); err != nil {
			return err
		}
		if err := db.Close(); err != nil {
			return err
		}
		seg.Close(nil)
		fmt.Println(seg.TraceID)
	}
	return nil
}

// everything samples every request.
type everything struct{}

func (everything) ShouldTrace(*sampling.Request) *sampling.Decision {
	return &sampling.Decision{Sample: true}
}
