package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/collect"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/demo"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/keep"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/page"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/traces"
)

// ports are the three sockets of the command.
type ports struct {
	udp  *net.UDPConn
	tcp  net.Listener
	http net.Listener
}

// listen opens all of them, or none.
func listen(cfg *config) (p ports, err error) {
	defer func() {
		if err != nil {
			p.close()
			err = fmt.Errorf("%w; -listen and -http take other addresses", err)
		}
	}()
	addr, err := net.ResolveUDPAddr("udp", cfg.listen)
	if err != nil {
		return p, err
	}
	if p.udp, err = net.ListenUDP("udp", addr); err != nil {
		return p, err
	}
	if p.tcp, err = net.Listen("tcp", p.udp.LocalAddr().String()); err != nil {
		return p, err
	}
	p.http, err = net.Listen("tcp", cfg.http)
	return p, err
}

func (p ports) close() {
	if p.udp != nil {
		p.udp.Close()
	}
	if p.tcp != nil {
		p.tcp.Close()
	}
	if p.http != nil {
		p.http.Close()
	}
}

// run receives and shows until the context ends.
func run(ctx context.Context, cfg *config, stdout io.Writer) (err error) {
	debug.SetMemoryLimit(cfg.memory) // the collector of garbage works harder rather than going beyond
	if runtime.GOMAXPROCS(0) == 1 {
		// The system's buffer holds what comes in 20 ms. With a second thread the system wakes the
		// reader at once; with one alone it waits for its turn behind the parser, up to 10 ms.
		runtime.GOMAXPROCS(2)
	}
	rules, err := rules(cfg.sampling)
	if err != nil {
		return err
	}
	p, err := listen(cfg)
	if err != nil {
		return err
	}
	defer p.close()

	store, file, err := open(cfg, stdout)
	if err != nil {
		return err
	}
	if file != nil {
		defer func() { err = errors.Join(err, file.Close()) }()
	}
	collector, err := collect.Listen(p.udp, collect.Options{Receive: store.Receive, Forward: cfg.forward, Hide: cfg.mask})
	if err != nil {
		return err
	}
	defer collector.Close()

	handler := page.Handler(page.Options{
		Store: store, Collect: collector.Counts, Hosts: cfg.hosts, Problem: problem(file),
		Info: page.Info{Daemon: p.udp.LocalAddr().String(), Forward: cfg.forward, File: cfg.store, Masked: cfg.mask, Demo: cfg.demo},
	})
	failed := make(chan error, 3)
	for _, s := range []struct {
		on      net.Listener
		handler http.Handler
	}{{p.tcp, collect.Sampling(rules)}, {p.http, handler}} {
		server := &http.Server{Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
		go func() { failed <- server.Serve(s.on) }()
		defer server.Close()
	}
	if cfg.demo {
		return demonstrate(ctx, p, stdout, failed)
	}
	fmt.Fprintf(stdout, "Segments are received at %s.\nLook at http://%s\n", p.udp.LocalAddr(), p.http.Addr())
	return wait(ctx, failed)
}

// wait waits until the context ends or something fails.
func wait(ctx context.Context, failed <-chan error) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// demonstrate runs the demonstration, and takes everything away that it has made.
func demonstrate(ctx context.Context, p ports, stdout io.Writer, failed chan error) (err error) {
	d, err := demo.New(demo.Options{Daemon: p.udp.LocalAddr().String(), Out: stdout})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ready := func() {
			fmt.Fprintf(stdout, "Orders are on their way: look at http://%s\nCtrl-C ends everything.\n", p.http.Addr())
		}
		if err := d.Run(ctx, ready); err != nil && ctx.Err() == nil {
			failed <- err
		}
	}()
	err = wait(ctx, failed)
	cancel()
	<-ended
	return err
}

// open returns the store, with what the file remembers if there is one.
func open(cfg *config, stdout io.Writer) (*traces.Store, *keep.File, error) {
	if cfg.store == "" {
		return traces.New(cfg.memory, cfg.mask, nil), nil, nil
	}
	file, err := keep.Open(cfg.store)
	if err != nil {
		return nil, nil, err
	}
	store := traces.New(cfg.memory, cfg.mask, file)
	n, err := file.Load(store.Load)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", cfg.store, err), file.Close())
	}
	fmt.Fprintf(stdout, "%d documents of %d traces come from %s.\n", n, store.Counts().Traces, cfg.store)
	return store, file, nil
}

// problem returns a function that tells what keeps the file from being written.
func problem(file *keep.File) func() string {
	return func() string {
		if file == nil {
			return ""
		}
		if err := file.Err(); err != nil {
			return "traces can't be kept: " + err.Error()
		}
		return ""
	}
}

func rules(path string) (*collect.Rules, error) {
	if path == "" {
		return collect.Everything, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return collect.ParseRules(text)
}
