package integration

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/awsstub"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

// The services of the order platform, each after those that it calls.
var services = []string{
	"notificationdispatcher", "shipmentscheduler", "paymentprocessor", "inventorychecker", "ordervalidator",
}

// platform is all five services, running, with an environment of their own.
type platform struct {
	aws   *awsstub.Stub
	addrs map[string]string // by service
	procs map[string]*proc.Process
}

// startPlatform starts the services in bin, all on one database. They send their segments to the
// daemon's address, if they send any.
func startPlatform(t *testing.T, bin, database, daemon string) *platform {
	t.Helper()
	p := &platform{aws: awsstub.Start(t), addrs: map[string]string{}, procs: map[string]*proc.Process{}}
	for _, service := range services {
		p.addrs[service] = proc.FreeAddr(t)
	}
	env := append(p.aws.Env(),
		"HOME="+t.TempDir(), // no settings of the user's
		"DATABASE_URL="+database,
		"AWS_XRAY_DAEMON_ADDRESS="+daemon,
		"INVENTORY_URL=http://"+p.addrs["inventorychecker"],
		"PAYMENT_URL=http://"+p.addrs["paymentprocessor"],
		"SHIPMENT_URL=http://"+p.addrs["shipmentscheduler"],
		"NOTIFICATION_URL=http://"+p.addrs["notificationdispatcher"],
	)
	for _, service := range services {
		program := proc.Start(t, proc.Command{
			Path: filepath.Join(bin, service),
			Dir:  t.TempDir(),
			Env:  append(env[:len(env):len(env)], "LISTEN_ADDR="+p.addrs[service]),
		})
		program.AwaitTCP(t, p.addrs[service])
		p.procs[service] = program
	}
	return p
}

// url returns the address of a path at the door of the platform.
func (p *platform) url(path string) string {
	return "http://" + p.addrs["ordervalidator"] + path
}

// serviceAt returns the service that listens on an address.
func (p *platform) serviceAt(addr string) string {
	for service, a := range p.addrs {
		if a == addr {
			return service
		}
	}
	return "nobody at " + addr
}

// stamp is the time at the beginning of a log line.
var stamp = regexp.MustCompile(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `)

// log returns what a service has logged, without what differs from one run to the next.
func (p *platform) log(service string) []string {
	text := stamp.ReplaceAllString(p.procs[service].Stderr(), "")
	for name, addr := range p.addrs {
		text = strings.ReplaceAll(text, addr, name)
	}
	return strings.Split(text, "\n")
}
