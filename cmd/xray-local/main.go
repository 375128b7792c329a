// Command xray-local stands in for the X-Ray daemon on the machine of a developer and shows
// what was traced: a map of the services, the traces, and the timeline of each.
//
// This file is the command line; the collector, the page and the demonstration are packages
// below internal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `usage: xray-local [flags]

Receives what X-Ray SDKs send, as the X-Ray daemon does, and shows it on a page:
a map of the services, the traces, and the timeline of each. Nothing leaves the
machine.

`

// config is what the flags say.
type config struct {
	listen, http string
	hosts        []string
	memory       int64 // bytes
	store        string
	forward      string
	sampling     string
	mask         bool
	demo         bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, cfg, os.Stdout)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "xray-local: %v\n", err)
		os.Exit(1)
	}
}

// megabyte is the unit of -memory; the others are its limits.
const (
	megabyte = 1 << 20
	smallest = 16
	largest  = 1 << 20
)

// flags returns the flags, which fill a config.
func flags(cfg *config) *flag.FlagSet {
	fs := flag.NewFlagSet("xray-local", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&cfg.listen, "listen", "127.0.0.1:2000", "UDP and TCP `address` at which SDKs expect the daemon")
	fs.StringVar(&cfg.http, "http", "127.0.0.1:2001", "`address` of the page")
	fs.Func("public", "allow addresses beyond this machine, and `names`, comma separated, as the page's", func(names string) error {
		for host := range strings.SplitSeq(names, ",") {
			if host = strings.TrimSpace(host); host != "" {
				cfg.hosts = append(cfg.hosts, host)
			}
		}
		return nil
	})
	fs.Int64Var(&cfg.memory, "memory", 200, "`megabytes` of memory to use; the oldest traces make room")
	fs.StringVar(&cfg.store, "store", "", "keep traces in `file`, so that they are there after a restart")
	fs.StringVar(&cfg.forward, "forward", "", "pass every datagram on, unchanged, to the daemon at `address`")
	fs.StringVar(&cfg.sampling, "sampling", "", "answer SDKs with the sampling rules of `file` (default: everything is recorded)")
	fs.BoolVar(&cfg.mask, "mask-sql", false, "replace the literals of SQL statements by question marks")
	fs.BoolVar(&cfg.demo, "demo", false, "instrument and run an example of five services; in a clone of the repository")
	return fs
}

func parse(args []string, stderr io.Writer) (*config, error) {
	cfg := &config{}
	fs := flags(cfg)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, usage)
		fs.SetOutput(stderr)
		fs.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, err
	case fs.NArg() > 0:
		return nil, fmt.Errorf("%q: only flags are expected", fs.Arg(0))
	case cfg.memory < smallest || cfg.memory > largest:
		return nil, fmt.Errorf("-memory %d: at least %d are needed, and %d at most", cfg.memory, smallest, largest)
	}
	cfg.memory *= megabyte
	return cfg, cfg.check()
}

// check refuses addresses beyond loopback unless they are wanted.
func (cfg *config) check() error {
	for _, addr := range []struct{ flag, addr string }{{"-listen", cfg.listen}, {"-http", cfg.http}} {
		host, _, err := net.SplitHostPort(addr.addr)
		if err != nil {
			return fmt.Errorf("%s: %w", addr.flag, err)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && len(cfg.hosts) == 0 {
			return fmt.Errorf("%s %s: other machines could read and write traces there; name those under which the page may be asked for with -public", addr.flag, addr.addr)
		}
	}
	return nil
}
