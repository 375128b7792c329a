package lambda

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/internal/runtimeapi"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
)

const parent = "53995c3f42cd8ad8"

// invoke has a program handle an event, in a trace where there is one.
func invoke(t *testing.T, side, way, name, payload, header string, d *daemon.Daemon) runtimeapi.Answer {
	t.Helper()
	api := runtimeapi.Start(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), api.Env()...), "AWS_XRAY_DAEMON_ADDRESS="+d.Addr(), program+"="+side+" "+way+" "+strings.ReplaceAll(name, " ", "_"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	a := api.Invoke(t, payload, header)
	a.Body = stack.ReplaceAllString(a.Body, `"stackTrace":[]`)
	return a
}

// stack is the trace of a panic, which has the frames of the support code as well.
var stack = regexp.MustCompile(`"stackTrace":\[.*\]`)

// compare runs both sides and returns what the traced one records: the packets of
// the trace that the traced side's event belongs to.
func compare(t *testing.T, d *daemon.Daemon, way, name, payload string, packets int) (runtimeapi.Answer, []daemon.Segment) {
	t.Helper()
	trace := xray.NewTraceID()
	want := invoke(t, "plain", way, name, payload, "Root="+xray.NewTraceID()+";Parent="+parent+";Sampled=1", d)
	got := invoke(t, "traced", way, name, payload, "Root="+trace+";Parent="+parent+";Sampled=1", d)
	if got != want {
		t.Errorf("plain  %+v\ntraced %+v", want, got)
	}
	return got, d.Trace(t, trace, packets)
}

// valid are the handlers that AWS Lambda accepts, and does not fail to call.
func valid(name string) bool {
	return !slices.Contains([]string{"nil", "nilFunc", "string", "three", "wrong", "reader in", "noError", "variadic"}, name)
}

func listen(t *testing.T) *daemon.Daemon {
	t.Helper()
	d, err := daemon.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHandlers(t *testing.T) {
	d := listen(t)
	for _, name := range slices.Sorted(maps.Keys(handlers)) {
		for _, payload := range []string{`{"id":"<7>","note":12345678901234567890}`, `{"id":"bad"}`, `[]`} {
			t.Run(name+" "+payload, func(t *testing.T) {
				packets := 1
				if !valid(name) || payload == `[]` { // nothing is called
					packets = 0
				}
				if name == "invoke" || name == "any" || !strings.Contains(strings.ToLower(name), "in") && packets == 0 && valid(name) && !strings.HasPrefix(name, "panic") && name != "named" {
					packets = 1 // takes any payload, or none
				}
				got, sent := compare(t, d, "start", name, payload, packets)
				for _, s := range sent {
					if s.Name != name || s.Parent != parent || s.Type != "subsegment" || s.Fault != got.Failed || s.InProgress {
						t.Errorf("answer %+v, subsegment:\n%s", got, daemon.Format(sent))
					}
					takes := strings.HasPrefix(name, "ctx") || slices.Contains([]string{"named", "reader", "panic", "invoke"}, name)
					if takes != (len(s.Subsegments) == 1) {
						t.Errorf("below the handler:\n%s", daemon.Format(sent))
					}
				}
				if len(sent) != packets {
					t.Errorf("%d packets, want %d:\n%s", len(sent), packets, daemon.Format(sent))
				}
			})
		}
	}
}

// Every way to start a handler.
func TestWays(t *testing.T) {
	d := listen(t)
	for _, test := range []struct{ way, name, want string }{
		{"options", "any", ">"},
		{"options", "ctxInOut", "\\u003c7"},
		{"context", "base", `"base"`},
		{"function", "any", ">"},
		{"handler", "invoke", `7`},
		{"handlerContext", "invoke", `7`},
		{"made", "ctxInOut", `7`},
		{"made", "invoke", `7`},
		{"madeOptions", "ctxInOut", "\\u003c7"},
	} {
		t.Run(test.way+" "+test.name, func(t *testing.T) {
			got, sent := compare(t, d, test.way, test.name, `{"id":"<7"}`, 1)
			if !strings.Contains(got.Body, test.want) {
				t.Errorf("answer %s", got.Body)
			}
			if len(sent) != 1 || sent[0].Name != test.name || sent[0].Parent != parent {
				t.Errorf("sent:\n%s", daemon.Format(sent))
			}
		})
	}
}

// The routes behind an adapter record below the handler's subsegment, and no segment
// is begun.
func TestProxy(t *testing.T) {
	d := listen(t)
	got, sent := compare(t, d, "proxy", "api", `{"httpMethod":"GET","path":"/orders/7"}`, 1)
	if !strings.Contains(got.Body, "GET /orders/7") {
		t.Errorf("answer %s", got.Body)
	}
	if len(sent) != 1 || len(sent[0].Subsegments) != 1 || sent[0].Subsegments[0].Name != "work" || sent[0].Name != "api" {
		t.Errorf("sent:\n%s", daemon.Format(sent))
	}
}

// An invocation that is not sampled, or not traced at all, sends nothing.
func TestNotSampled(t *testing.T) {
	d := listen(t)
	for _, header := range []string{"Root=" + xray.NewTraceID() + ";Parent=" + parent + ";Sampled=0", ""} {
		want := invoke(t, "plain", "start", "ctxInOut", `{"id":"7"}`, header, d)
		if got := invoke(t, "traced", "start", "ctxInOut", `{"id":"7"}`, header, d); got != want {
			t.Errorf("plain  %+v\ntraced %+v", want, got)
		}
	}
	if all := d.Trace(t, "", 0); len(all) != 0 {
		t.Errorf("sent:\n%s", daemon.Format(all))
	}
}
