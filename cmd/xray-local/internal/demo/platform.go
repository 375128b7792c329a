package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// services are those of the platform, each after those that it calls, with its database and
// the variable that tells the others where it is.
var services = []struct{ name, database, variable string }{
	{"notificationdispatcher", "", "NOTIFICATION_URL"},
	{"shipmentscheduler", "shipping", "SHIPMENT_URL"},
	{"paymentprocessor", "", "PAYMENT_URL"},
	{"inventorychecker", "stock", "INVENTORY_URL"},
	{"ordervalidator", "orders", ""},
}

// startLimit is how long a program may take to listen.
const startLimit = 60 * time.Second

// platform is the running services and their stand-ins.
type platform struct {
	door   string // the address of the service that takes orders
	tell   io.WriteCloser
	cancel context.CancelFunc
	ended  chan error
	wait   sync.WaitGroup
}

// standins is what the stand-ins say of themselves.
type standins struct {
	Databases map[string]string
	AWS       []string
}

// start starts everything. What has started is ended when something does not.
func start(ctx context.Context, bin, dir, daemon string) (_ *platform, err error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &platform{cancel: cancel, ended: make(chan error, len(services)+1)}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	aside, err := p.standins(ctx, bin, dir)
	if err != nil {
		return nil, err
	}
	env := append(clean(os.Environ()), aside.AWS...)
	env = append(env, "HOME="+dir, "AWS_XRAY_DAEMON_ADDRESS="+daemon)
	addrs := map[string]string{}
	for _, s := range services {
		if addrs[s.name], err = freeAddr(); err != nil {
			return nil, err
		}
		if s.variable != "" {
			env = append(env, s.variable+"=http://"+addrs[s.name])
		}
	}
	for _, s := range services {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, s.name+exe()))
		cmd.Env = append(env[:len(env):len(env)], "LISTEN_ADDR="+addrs[s.name], "DATABASE_URL="+aside.Databases[s.database])
		if err := p.run(cmd, dir); err != nil {
			return nil, err
		}
		if err := p.await(ctx, s.name, addrs[s.name]); err != nil {
			return nil, err
		}
	}
	p.door = addrs["ordervalidator"]
	return p, nil
}

// clean leaves out what the user has set for AWS: nothing here is to reach it.
func clean(env []string) []string {
	var kept []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, "AWS_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// standins starts the stand-ins and waits for their addresses.
func (p *platform) standins(ctx context.Context, bin, dir string) (s standins, err error) {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "standins"+exe()), filepath.Join(dir, "databases"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if p.tell, err = cmd.StdinPipe(); err != nil { // they end when this program does, however it ends
		return s, err
	}
	if err := p.run(cmd, dir); err != nil {
		return s, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return s, fmt.Errorf("the stand-ins have not started: %w", err)
	}
	return s, json.Unmarshal(line, &s)
}

// run starts a program, and tells when it ends.
func (p *platform) run(cmd *exec.Cmd, dir string) error {
	cmd.Dir, cmd.WaitDelay = dir, killDelay
	group(cmd)
	var errors bytes.Buffer
	cmd.Stderr = &errors // its log; read only once it has ended
	if err := cmd.Start(); err != nil {
		return err
	}
	name := filepath.Base(cmd.Path)
	p.wait.Go(func() {
		err := cmd.Wait()
		p.ended <- fmt.Errorf("%s has ended: %v: %s", name, err, lastLine(errors.String()))
	})
	return nil
}

// await waits until a program accepts connections.
func (p *platform) await(ctx context.Context, name, addr string) error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-p.ended:
			return err
		case <-time.After(30 * time.Millisecond):
		}
	}
	return errors.New(name + " does not listen")
}

// say gives the stand-ins a command.
func (p *platform) say(format string, args ...any) error {
	_, err := fmt.Fprintf(p.tell, format+"\n", args...)
	return err
}

// stop ends everything that was started and waits for it.
func (p *platform) stop() {
	p.cancel()
	if p.tell != nil {
		_ = p.tell.Close() // it may have ended
	}
	p.wait.Wait()
}

// freeAddr returns an address of loopback that nothing listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
