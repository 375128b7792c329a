package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/collect"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/traces"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""},
		{"-listen localhost:0 -http [::1]:0", ""},
		{"-listen 0.0.0.0:2000", "other machines could"},
		{"-http :2001", "other machines could"},
		{"-http 192.168.0.7:2001", "other machines could"},
		{"-http 0.0.0.0:2001 -public dev.example.com", ""},
		{"-http 2001", "-http: "},
		{"-memory 1", "at least 16"},
		{"-what", "flag provided but not defined"},
		{"./...", "only flags are expected"},
	} {
		_, err := parse(strings.Fields(test.args), io.Discard)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: the error is %v, want %q", test.args, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: more than a line: %v", test.args, err)
		}
	}
}

// running is a collector that runs until its test ends.
type running struct {
	addr, url string
	stop      func()
}

// start runs the command on free ports.
func start(t testing.TB, cfg config) running {
	t.Helper()
	cfg.listen, cfg.http = freeAddr(t), freeAddr(t)
	if cfg.memory == 0 {
		cfg.memory = 200 * megabyte
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	ready, out := io.Pipe()
	go func() { ended <- run(ctx, &cfg, out) }()
	text := make([]byte, 1000)
	if _, err := ready.Read(text); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, ready)
	r := running{addr: cfg.listen, url: "http://" + cfg.http, stop: func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the command ended with %v", err)
		}
		ended <- nil
	}}
	t.Cleanup(r.stop)
	await(t, "the page answers", func() bool {
		resp, err := http.Get(r.url + "/api/status")
		return err == nil && resp.Body.Close() == nil
	})
	return r
}

// freeAddr returns an address that nothing listens on, neither by TCP nor by UDP.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.ListenPacket("udp", l.Addr().String())
		l.Close()
		if err == nil {
			conn.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: still not so after a minute", what)
}

// status is what the page is told of the collector.
type status struct {
	Store   traces.Counts
	Collect collect.Counts
}

func (r running) status(t testing.TB) status {
	t.Helper()
	var st status
	resp, err := http.Get(r.url + "/api/status")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&st); err != nil {
		t.Fatal(err)
	}
	return st
}

// sample is a segment as the SDK sends it for a request that makes an HTTP call, five statements and an AWS call: 3 KB.
func sample(trace, i int) []byte {
	var subs strings.Builder
	for n := range 5 {
		fmt.Fprintf(&subs, `{"trace_id":"1-6b02c2f2-%024x","id":"%016x","parent_id":"%016x","name":"shop@127.0.0.1","namespace":"remote","start_time":1764000000.01,"end_time":1764000000.02,`+
			`"sql":{"url":"postgres://app@127.0.0.1:5432/shop","database_type":"Postgres","database_version":"PostgreSQL 15.1","user":"app","sanitized_query":"SELECT sku, quantity FROM order_items WHERE order_id = $1 ORDER BY position"},"Dummy":false},`,
			trace, i*100+n+2, i*100+1)
	}
	return fmt.Appendf(nil, `{"format": "json", "version": 1}`+"\n"+
		`{"trace_id":"1-6b02c2f2-%024x","id":"%016x","name":"orders","start_time":1764000000.000123,"end_time":1764000000.250456,"aws":{"xray":{"sdk_version":"2.0.3","sdk":"X-Ray for Go"}},`+
		`"service":{"compiler_version":"go1.26.8","compiler":"gc"},"http":{"request":{"method":"POST","url":"http://127.0.0.1:8080/orders","client_ip":"127.0.0.1","user_agent":"Go-http-client/1.1"},"response":{"status":201,"content_length":211}},`+
		`"annotations":{"order_id":"o-%d"},"subsegments":[%s{"trace_id":"1-6b02c2f2-%024x","id":"%016x","name":"DynamoDB","namespace":"aws","start_time":1764000000.1,"end_time":1764000000.2,"aws":{"operation":"PutItem","table_name":"orders","request_id":"REQUEST000000000001"},"Dummy":false}],"Dummy":false}`,
		trace, i*100+1, i, subs.String(), trace, i*100+50)
}

// Every segment that is sent is there afterwards: 20,000 in bursts as large as the system's
// smallest buffer. How long it takes does not matter; see BenchmarkReceive.
func TestNoneIsLost(t *testing.T) {
	r := start(t, config{})
	client, err := net.Dial("udp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const n, burst, perTrace = 20000, 40, 4
	for i := range n {
		if _, err := client.Write(sample(i/perTrace, i)); err != nil {
			t.Fatal(err)
		}
		if i%burst == burst-1 {
			await(t, "the burst has been read", func() bool { return r.status(t).Collect.Datagrams == uint64(i+1) })
		}
	}
	await(t, "all have been taken", func() bool { return r.status(t).Store.Documents == n })
	st := r.status(t)
	if st.Store.Traces != n/perTrace || st.Collect.Overrun != 0 || len(st.Collect.Refused) != 0 {
		t.Errorf("the counts are %+v %+v", st.Collect, st.Store)
	}
}

// The memory that is used stays below the limit, and what made room for it is counted.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	const limit = 32 * megabyte
	r := start(t, config{memory: limit})
	client, err := net.Dial("udp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const n = 24000
	highest := uint64(0)
	var mem runtime.MemStats
	for i := range n {
		if _, err := client.Write(sample(i, i)); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			await(t, "taken", func() bool { return r.status(t).Store.Documents == uint64(i+1) })
		}
		if i%1000 == 999 {
			runtime.ReadMemStats(&mem)
			highest = max(highest, mem.Sys-mem.HeapReleased)
		}
		if i%5000 == 0 {
			if resp, err := http.Get(r.url + "/api/map"); err == nil { // looking at it needs memory too
				resp.Body.Close()
			}
		}
	}
	st := r.status(t)
	if st.Store.Evicted == 0 || st.Store.Evicted+uint64(st.Store.Traces) != n {
		t.Errorf("the counts are %+v", st.Store)
	}
	t.Logf("%d traces in memory, %.0f MB at most", st.Store.Traces, float64(highest)/megabyte)
	if highest > limit*5/4 {
		t.Errorf("%d MB were used, the limit is %d", highest/megabyte, limit/megabyte)
	}
}

// Traces are there after a restart, with what has happened to them.
func TestRestart(t *testing.T) {
	cfg := config{store: filepath.Join(t.TempDir(), "traces.db")}
	first := start(t, cfg)
	client, err := net.Dial("udp", first.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i := range 100 {
		for range 2 { // sent again
			if _, err := client.Write(sample(i, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	await(t, "taken", func() bool { return first.status(t).Store.Documents == 200 })
	first.stop()

	second := start(t, cfg)
	if c := second.status(t).Store; c.Traces != 100 || c.Documents != 100 {
		t.Errorf("after the restart: %+v", c)
	}
}

func TestRefusedInOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	broken := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]config{
		"port of the page in use":    {listen: freeAddr(t), http: taken.Addr().String()},
		"port of the daemon in use":  {listen: taken.Addr().String(), http: freeAddr(t)},
		"rules that are broken":      {listen: freeAddr(t), http: freeAddr(t), sampling: broken},
		"no rules":                   {listen: freeAddr(t), http: freeAddr(t), sampling: broken + "x"},
		"a file that can't be":       {listen: freeAddr(t), http: freeAddr(t), store: filepath.Join(broken, "x")},
		"a daemon that has no place": {listen: freeAddr(t), http: freeAddr(t), forward: "nowhere"},
	} {
		cfg.memory = 64 * megabyte
		err := run(context.Background(), &cfg, io.Discard)
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// BenchmarkReceive is what one segment costs, from the datagram to its place in memory.
func BenchmarkReceive(b *testing.B) {
	store := traces.New(200*megabyte, false, nil)
	datagrams := make([][]byte, 4096)
	for i := range datagrams {
		datagrams[i] = sample(i/4, i)
	}
	b.SetBytes(int64(len(datagrams[0])))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(datagrams) == 0 {
			store.Clear() // none is there already
		}
		if err := store.Receive(datagrams[i%len(datagrams)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "segments/s")
}
