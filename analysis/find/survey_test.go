package find_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// TestSurvey reads single files for what is done by hand in them.
func TestSurvey(t *testing.T) {
	const sdk = "import \"github.com/aws/aws-xray-sdk-go/v2/xray\"\n"
	tests := []struct {
		name, file, src        string
		handlers, aws, asserts []string
		drivers                []string
	}{
		{name: "nothing", file: "a.go", src: "package p\n"},
		{name: "a handler", file: "d/a.go", src: "package p\n" + sdk + "var h = xray.Handler(nil, nil)\n", handlers: []string{"d/a.go:3"}},
		{name: "a handler in a test", file: "a_test.go", src: "package p\n" + sdk + "var h = xray.Handler(nil, nil)\n"},
		{name: "a renamed import", file: "a.go", src: "package p\nimport x \"github.com/aws/aws-xray-sdk-go/xray\"\nvar h = x.HandlerWithContext(nil, nil, nil)\n", handlers: []string{"a.go:3"}},
		{name: "a dot import", file: "a.go", src: "package p\nimport . \"github.com/aws/aws-xray-sdk-go/xray\"\nvar h = Handler(nil, nil)\n", handlers: []string{"a.go:3"}},
		{name: "another package called xray", file: "a.go", src: "package p\nimport \"example.com/xray\"\n// " + sdk + "var h = xray.Handler(nil, nil)\n"},
		{name: "an AWS client", file: "a.go", src: "package p\n" + sdk + "func f() {\n\txray.AWS(nil)\n}\n", aws: []string{"a.go:4"}},
		{name: "an AWS configuration", file: "a.go", src: "package p\nimport \"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2\"\nfunc f() { awsv2.AWSV2Instrumentor(nil) }\n", aws: []string{"a.go:3"}},
		{name: "a type assertion", file: "a.go", src: "package p\nimport \"net/http\"\nfunc f(c *http.Client) { _ = c.Transport.(*http.Transport) }\n", asserts: []string{"a.go:3"}},
		{name: "a driver", file: "a.go", src: "package p\nimport \"database/sql\"\nfunc f(db *sql.DB) { db.Driver() }\n", drivers: []string{"a.go:3"}},
		{name: "a driver in a test", file: "a_test.go", src: "package p\nimport \"database/sql\"\nfunc f(db *sql.DB) { db.Driver() }\n", drivers: []string{"a_test.go:3"}},
		{name: "a file that does not parse", file: "a.go", src: "package p\n" + sdk + "func {"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &find.Survey{}
			s.Add(tt.file, []byte(tt.src))
			for what, lists := range map[string][2][]string{
				"Handlers": {tt.handlers, s.Handlers}, "AWS": {tt.aws, s.AWS}, "Asserts": {tt.asserts, s.Asserts}, "Drivers": {tt.drivers, s.Drivers},
			} {
				if diff := cmp.Diff(lists[0], lists[1]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

// TestStarted reads goroutines for the functions that they hand a request.
func TestStarted(t *testing.T) {
	tests := map[string][]string{
		"go func() { s.Note(ctx) }()": {"Note"},
		"go s.Note(r)":                {"Note"},
		"go note(ctx)":                nil, // of the same package
		"s.Note(ctx)":                 nil,
		"go func() { s.Note(context.WithoutCancel(ctx)); s.Log(1) }()":       nil,
		"go func() { defer wg.Done(); s.Note(ctx) }()":                       nil,
		"go func() { s.Note(ctx); done <- true }()":                          nil,
		"go func() { <-ctx.Done(); s.Note(ctx) }()":                          {"Note"},
		"c := r.Context(); go func() { s.Note(c) }()":                        {"Note"},
		"go func(ctx context.Context) { s.Note(ctx) }(context.Background())": nil,
		"go func(c context.Context) { s.Note(c) }(ctx)":                      {"Note"},
		"f(func() { go func() { s.Note(r.Context()); s.Log(r.URL) }() })":    {"Note"},
		"go s.Note(string(ctx.Path()))":                                      nil,
		"go func(r int) { s.Note(r) }(1)":                                    nil,
	}
	for body, want := range tests {
		s := &find.Survey{}
		s.Add("a.go", []byte("package p\n\nfunc handle(ctx context.Context, r *http.Request) {\n\t"+body+"\n}\n"))
		if got := slices.Sorted(maps.Keys(s.Started)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", body, got, want)
		}
	}
}

func TestIsOwn(t *testing.T) {
	s := &find.View{Module: "example.com/app"}
	for path, want := range map[string]bool{"example.com/app": true, "example.com/app/x": true, "example.com/apple": false, "fmt": false, "": false} {
		if got := s.IsOwn(path); got != want {
			t.Errorf("IsOwn(%q) = %v, want %v", path, got, want)
		}
	}
	if (&find.View{}).IsOwn("fmt") {
		t.Error("without a module every package is the program's own")
	}
}

func TestCanonicalName(t *testing.T) {
	for name, want := range map[string]string{"xrayDo": "xrayDo", "xrayDo2": "xrayDo", "xrayDo12": "xrayDo", "2": "", "": ""} {
		if got := find.CanonicalName(name); got != want {
			t.Errorf("CanonicalName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestMerge checks that a survey made of those of single files says what one of all of them
// says: no field is left out.
func TestMerge(t *testing.T) {
	s := &find.Survey{
		Handlers: []string{"a:1"}, AWS: []string{"a:2"}, Methods: map[string]string{"M": "a:3"}, Asserts: []string{"a:4"}, Drivers: []string{"a:5"}, Defaults: []string{"a:6"},
		Served: []string{"a:7"}, Options: []string{"a:8"}, Hooks: map[rules.Kind][]string{rules.Redis: {"a:9"}}, Values: []string{"a:10"},
		Started: map[string]bool{"F": true}, Counts: map[string]string{"d": "a:11"}, Bare: []find.Bare{{Framework: "gin"}}, Makers: []find.Maker{{Name: "F"}},
	}
	for v, i := reflect.ValueOf(*s), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the test leaves out %s", v.Type().Field(i).Name)
		}
	}
	got := &find.Survey{}
	got.Merge(&find.Survey{})
	got.Merge(s)
	if !reflect.DeepEqual(got, s) {
		t.Errorf("merged: %+v, not %+v", got, s)
	}
	got.Merge(&find.Survey{Methods: map[string]string{"M": "b:1"}, Counts: map[string]string{"d": "b:2"}})
	if got.Methods["M"] != "a:3" || got.Counts["d"] != "b:2" {
		t.Errorf("of two files that say the same: %v, %v", got.Methods, got.Counts)
	}
}
