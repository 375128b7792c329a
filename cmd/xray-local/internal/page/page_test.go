package page

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/collect"
	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/traces"
)

const document = `{"format": "json", "version": 1}
{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"00000000000000a1","name":"<script>alert(1)</script>","start_time":1764000000,"end_time":1764000001,"annotations":{"order_id":"o-1"}}`

func handler(t *testing.T, hosts ...string) (http.Handler, *traces.Store) {
	t.Helper()
	store := traces.New(64<<20, false, nil)
	if err := store.Receive([]byte(document)); err != nil {
		t.Fatal(err)
	}
	return Handler(Options{
		Store: store, Hosts: hosts,
		Collect: func() collect.Counts { return collect.Counts{Datagrams: 1} },
	}), store
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestGuard(t *testing.T) {
	h, _ := handler(t, "dev.example.com")
	const page = "http://127.0.0.1:2001/"
	tests := []struct {
		name, url string
		header    []string
		want      int
	}{
		{"the page", page, nil, 200},
		{"by name", "http://localhost:2001/api/status", nil, 200},
		{"IPv6", "http://[::1]:2001/api/status", nil, 200},
		{"a name that is allowed", "http://DEV.example.com:2001/api/status", nil, 200},
		{"another name", "http://attacker.example/api/status", nil, 403},
		{"a name that ends alike", "http://localhost.attacker.example:2001/api/status", nil, 403},
		{"another address", "http://192.168.0.7:2001/api/status", nil, 403},
		{"own origin", page + "api/status", []string{"Origin", "http://127.0.0.1:2001"}, 200},
		{"foreign origin", page + "api/status", []string{"Origin", "http://attacker.example"}, 403},
		{"another port", page + "api/status", []string{"Origin", "http://127.0.0.1:8080"}, 403},
		{"no origin to speak of", page + "api/status", []string{"Origin", "null"}, 403},
		{"image of another site", page + "api/status", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"link on another site", page, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"link to data", page + "api/status", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"typed", page, []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, 200},
		{"the page itself", page + "api/status", []string{"Sec-Fetch-Site", "same-origin"}, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := get(h, test.url, test.header...)
			if w.Code != test.want {
				t.Errorf("the status is %d, want %d", w.Code, test.want)
			}
			csp := w.Header().Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") || strings.Contains(csp, "unsafe") {
				t.Errorf("the policy is %q", csp)
			}
		})
	}
}

func TestClear(t *testing.T) {
	h, store := handler(t)
	for _, test := range []struct {
		origin        string
		status, there int
	}{{"http://attacker.example", 403, 1}, {"http://127.0.0.1:2001", 204, 0}} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:2001/api/clear", nil)
		r.Header.Set("Origin", test.origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.status || store.Counts().Traces != test.there {
			t.Errorf("from %s: %d, %d traces are there", test.origin, w.Code, store.Counts().Traces)
		}
	}
}

// Answers can't be taken for a page, whatever is in them.
func TestAnswersAreData(t *testing.T) {
	h, _ := handler(t)
	const trace = "/api/traces/1-6b02c2f2-000102030405060708090a0b"
	for _, path := range []string{"/api/map", "/api/traces?length=10", trace, trace + "/export", "/api/status", "/api/latency?to=x"} {
		w := get(h, "http://127.0.0.1:2001"+path)
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
		if !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}

func TestQuestions(t *testing.T) {
	h, _ := handler(t)
	for path, want := range map[string]int{
		"/api/traces/1-6b02c2f2-ffffffffffffffffffffffff": 404,
		"/api/traces/..%2f..%2fetc":                       404,
		"/api/traces/x/export":                            404,
		"/api/traces?min=fast":                            400,
		"/api/traces?min=-1":                              400,
		"/api/traces?offset=NaN":                          400,
		"/api/traces?offset=1e300":                        400,
		"/api/traces?length=99999&offset=5":               200,
		"/api/map?seconds=x":                              400,
		"/api/latency?seconds=-5":                         400,
		"/api/nothing":                                    404,
	} {
		if w := get(h, "http://127.0.0.1:2001"+path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	w := get(h, "http://127.0.0.1:2001/api/traces?length=10&text=order_id%3Do-1")
	var page traces.Page
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || page.Matched != 1 {
		t.Errorf("%d traces match, %v", page.Matched, err)
	}
}

// A page that is looked at hears of what arrives.
func TestEvents(t *testing.T) {
	h, store := handler(t)
	server := httptest.NewServer(h)
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() (version uint64) {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var st status
				if err := json.Unmarshal([]byte(text), &st); err != nil {
					t.Fatal(err)
				}
				return st.Version
			}
		}
		t.Fatal("the stream has ended")
		return 0
	}
	if v := next(); v != 1 {
		t.Errorf("the first version is %d", v)
	}
	if err := store.Receive([]byte(document)); err != nil {
		t.Fatal(err)
	}
	if v := next(); v != 2 {
		t.Errorf("the next version is %d", v)
	}
}
