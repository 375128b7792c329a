package rules

import (
	"bytes"
	"strings"
	"testing"
)

func TestEmbedded(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Encode()
	if err != nil || !bytes.Equal(again, embedded) {
		t.Errorf("what is embedded is not what Encode gives: %v", err)
	}
	seen := map[string]bool{}
	for _, d := range c.Idioms {
		if seen[d.Name] || d.Name == "" || d.Kind == "" || d.Doc == "" || d.Plain == nil || d.XRay == nil {
			t.Errorf("idiom %+v", d)
		}
		seen[d.Name] = true
		for _, side := range []*Body{d.Plain, d.XRay} {
			for _, ref := range side.Refs {
				if name, ok := strings.CutPrefix(ref.Object, SupportPackage+"."); ok && c.Support[name] == nil {
					t.Errorf("idiom %s uses %s, which is no support code", d.Name, name)
				}
			}
		}
	}
	for name, s := range c.Support {
		if s.Name != name || s.Source == "" {
			t.Errorf("support code %s: %+v", name, s)
		}
		for _, u := range s.Uses {
			if c.Support[u] == nil {
				t.Errorf("support code %s uses %s, which is none", name, u)
			}
		}
	}
}

// The text at each reference is a name, so that positions are what they say.
func TestEmbeddedPositions(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	check := func(owner, source string, refs []Ref) {
		for _, ref := range refs {
			want := ref.Hole
			if want == "" {
				want = ref.Object[strings.LastIndexByte(ref.Object, '.')+1:]
			}
			if got := source[ref.Pos:]; ref.Path == "" && !strings.HasPrefix(got, want) {
				t.Errorf("%s: reference %+v stands at %q", owner, ref, got)
			}
		}
	}
	for _, d := range c.Idioms {
		check(d.Name, d.Plain.Source, d.Plain.Refs)
		check(d.Name, d.XRay.Source, d.XRay.Refs)
	}
	for name, s := range c.Support {
		check(name, s.Source, s.Refs)
	}
}

func TestSelect(t *testing.T) {
	c := &Catalog{Idioms: []*Idiom{{Name: "Get", Kind: OutboundHTTP}, {Name: "Query", Kind: SQLCall}, {Name: "Exec", Kind: SQLCall}, {Name: "Line", Kind: Log}}}
	for _, test := range []struct{ list, want string }{
		{"", "Get Query Exec Other"},
		{"Get", "Get"},
		{"sql-call", "Query Exec"},
		{"sql-call,Get", "Get Query Exec"},
		{"Get, Exec", "Get Exec"},
		{"-Get", "Query Exec Other"},
		{"-sql-call,-Get", "Other"},
		{"sql-call,-Exec", "Query"},
		{"Other", "Other"},
		{"log", "Line"},
		{"+log", "Get Query Exec Line Other"},
		{"Get,+Line", "Get Line"},
		{"-Get,+log", "Query Exec Line Other"},
	} {
		sel, err := c.Select(test.list, "Other")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range append(c.Idioms, &Idiom{Name: "Other", Kind: Custom}) {
			if sel.Has(d.Name, d.Kind) {
				got = append(got, d.Name)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q selects %q, want %q", test.list, got, test.want)
		}
	}
	if !(Selection{}).Has("Get", OutboundHTTP) {
		t.Error("the zero Selection leaves a rule out")
	}
	for list, want := range map[string]string{"nosuch": `"nosuch"`, "Get,-nosuch": `"nosuch"`, "get": `"get"`} {
		if _, err := c.Select(list); err == nil || err.Error() != "-rules: no rule or kind is called "+want {
			t.Errorf("%q: %v", list, err)
		}
	}
}

func TestSDKPaths(t *testing.T) {
	for path, want := range map[string]struct {
		normal string
		is     bool
	}{
		SDKv1:           {SDKv1, true},
		SDKv2:           {SDKv1, true},
		SDKv2 + "/xray": {SDKv1 + "/xray", true},
		SDKv1 + "/xray": {SDKv1 + "/xray", true},
		SDKv1 + "/v20":  {SDKv1 + "/v20", true}, // a folder of the first major
		SDKv1 + "-fork": {SDKv1 + "-fork", false},
		"net/http":      {"net/http", false},
	} {
		if got := NormalSDK(path); got != want.normal || IsSDK(path) != want.is {
			t.Errorf("%s: %s, %t, want %v", path, got, IsSDK(path), want)
		}
	}
	if got := Key(SDKv2+"/xray", "Segment", "Close"); got != SDKv1+"/xray.Segment.Close" {
		t.Errorf("key %s", got)
	}
}

func TestSDKPath(t *testing.T) {
	tests := []struct{ path, sdk, want string }{
		{SDKv1 + "/xray", SDKv2, SDKv2 + "/xray"},
		{SDKv2 + "/xray", SDKv1, SDKv1 + "/xray"},
		{SDKv2 + "/strategy/ctxmissing", SDKv2, SDKv2 + "/strategy/ctxmissing"},
		{"net/http", SDKv1, "net/http"},
		{SDKv1 + "extra/xray", SDKv2, SDKv1 + "extra/xray"},
	}
	for _, tt := range tests {
		if got := SDKPath(tt.path, tt.sdk); got != tt.want {
			t.Errorf("SDKPath(%q, %q) = %q, want %q", tt.path, tt.sdk, got, tt.want)
		}
	}
}
