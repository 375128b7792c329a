// Package stores runs a program that uses Redis by three libraries, MongoDB by both
// majors of its driver and Kafka by three clients, plain and instrumented, and compares
// the two.
package stores

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/redis"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

const source = "program"

// recorded are the calls that each path's request leaves in its trace, in order: name and
// command, a fault marked.
var recorded = map[string][]string{
	"/redis":   {"127.0.0.1 incr", "127.0.0.1 get", "127.0.0.1 multi", "127.0.0.1 lpush fault"},
	"/redisv8": {"127.0.0.1 hincrby", "127.0.0.1 get"},
	"/redigo":  {"redis set", "redis get"},
	"/mongo": {"traced@127.0.0.1 insert", "traced@127.0.0.1 insert", "traced@127.0.0.1 insert", "traced@127.0.0.1 find", "traced@127.0.0.1 getMore",
		"traced@127.0.0.1 aggregate fault"},
	"/mongov1": {"traced@127.0.0.1 update", "traced@127.0.0.1 aggregate"},
	"/sarama":  {"kafka:traced ", "127.0.0.1 incr"},
	"/kafkago": {"kafka:traced ", "127.0.0.1 incr"},
	"/franz":   {"kafka:traced ", "127.0.0.1 incr"},
}

func TestStores(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Instrument(t, command, source)
	plainProgram, tracedProgram, servers := tool.Programs(t, source, "."), tool.Programs(t, instrumented, "."), tool.Programs(t, "servers", ".")

	cache, mongo, kafka, traces := redis.Start(t), proc.FreeAddr(t), proc.FreeAddr(t), decoder.Start(t)
	others := proc.Start(t, proc.Command{
		Path: filepath.Join(servers, "servers"),
		Dir:  t.TempDir(),
		Env:  []string{"MONGO=" + mongo, "KAFKA=" + kafka, "TOPICS=plain traced", "DATA=" + t.TempDir(), "HOME=" + t.TempDir()},
	})
	others.AwaitTCP(t, mongo)
	others.AwaitTCP(t, kafka)
	start := func(bin, name string, database int) string {
		addr := proc.FreeAddr(t)
		p := proc.Start(t, proc.Command{
			Path: filepath.Join(bin, "kiosk"),
			Dir:  t.TempDir(),
			Env: []string{"LISTEN_ADDR=" + addr, "HOME=" + t.TempDir(), "AWS_XRAY_DAEMON_ADDRESS=" + traces.Addr(), "NAME=" + name,
				fmt.Sprintf("REDIS=redis://%s/%d", cache, database), "MONGO=mongodb://" + mongo + "/", "KAFKA=" + kafka},
		})
		p.AwaitTCP(t, addr)
		return "http://" + addr
	}
	plain, traced := start(plainProgram, "plain", 0), start(tracedProgram, "traced", 1)
	for i, path := range slices.Sorted(maps.Keys(recorded)) {
		t.Run(path, func(t *testing.T) {
			id := fmt.Sprintf("%08x%024x", time.Now().Unix(), i+1)
			want, got := tool.Get(t, plain+path, id), tool.Get(t, traced+path, id)
			if got != want || !strings.HasSuffix(got, " <nil>\n") {
				t.Errorf("the answer is %q, without instrumentation %q", got, want)
			}
			segments := 1
			if strings.HasPrefix(recorded[path][0], "kafka:") {
				segments = 2
			}
			calls := check(t, traces, id, path, segments)
			if segments > 1 {
				sent(t, others, strings.TrimPrefix(path, "/")+" tea", id, calls)
				consumed(t, traces, id, calls)
			}
		})
	}
	for _, warning := range traces.Warnings() {
		t.Errorf("the decoder: %s", warning)
	}
}

// root writes a trace's name as headers have it.
func root(id string) string { return "1-" + id[:8] + "-" + id[8:] }

// item is the segment of a message that is consumed.
const item = "kiosk-count"

// check looks at the trace of a request, of so many segments, with the calls in order, and
// returns the calls.
func check(t *testing.T, traces *decoder.Decoder, id, path string, segments int) []decoder.Span {
	t.Helper()
	spans := traces.Await(func(spans []decoder.Span) bool {
		n := 0
		for _, s := range spans {
			if s.Trace == id && (s.Server || s.Name == item) && !s.InProgress {
				n++
			}
		}
		return n >= segments
	})
	slices.SortStableFunc(spans, func(a, b decoder.Span) int { return a.Start.Compare(b.Start) })
	var calls []decoder.Span
	var got []string
	for _, s := range spans {
		if s.Trace != id || s.Server || s.Name == item {
			continue
		}
		calls = append(calls, s)
		line := s.Name + " " + command(s)
		if s.Fault {
			line += " fault"
		}
		got = append(got, line)
		if !s.Client || s.InProgress || strings.Contains(s.Attributes, "tea") {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(got, recorded[path]) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(recorded[path], "\n"))
	}
	return calls
}

// command returns the command that a call's annotations name.
func command(s decoder.Span) string {
	for _, key := range []string{"redis_command", "mongo_command"} {
		if _, rest, ok := strings.Cut(s.Attributes, key+":"); ok {
			return rest[:strings.IndexAny(rest, " ]")]
		}
	}
	return ""
}

// sent looks at what the broker has got: the plain program's message as it is, the
// instrumented one's with the header of its call.
func sent(t *testing.T, broker *proc.Process, message, id string, calls []decoder.Span) {
	t.Helper()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	plain := "plain " + message + "\n"
	traced := "traced " + message + " x-amzn-trace-id: Root=" + root(id) + ";Parent=" + calls[0].ID + ";Sampled=1\n"
	broker.Await(t, func() bool {
		return strings.Contains(broker.Stdout(), plain) && strings.Contains(broker.Stdout(), traced)
	})
}

// consumed looks at the segment of a message that was consumed: it is in the trace of the
// request that sent it, below that call, and what was done with it is below the segment.
func consumed(t *testing.T, traces *decoder.Decoder, id string, calls []decoder.Span) {
	t.Helper()
	var below []decoder.Span
	for _, s := range traces.Spans() {
		if s.Trace == id && s.Name == item {
			below = append(below, s)
		}
	}
	if len(below) != 1 || below[0].Parent != calls[0].ID || below[0].ID != calls[1].Parent || below[0].Fault {
		t.Errorf("the segment of the message is %+v, the calls are %+v", below, calls)
	}
}
