package gomod

import (
	"strings"
	"testing"
)

// fileAfter returns the content that a plan gives a file, or what it has.
func (p *project) fileAfter(plan *Plan, name string) string {
	p.Helper()
	if data, ok := plan.Overlay()[p.path(name)]; ok {
		return string(data)
	}
	return p.read(name)
}

// traced writes a traced program whose module requires the SDK through us.
func traced(t *testing.T) (p *project, record string) {
	p = plainProject(t, "1.21")
	plan := p.require(".", nil, "xray")
	p.commit(plan)
	p.trace("main.go", plan.SDK)
	return p, plan.Record
}

func TestDropAfterChange(t *testing.T) {
	p, record := traced(t)
	p.write("go.mod", strings.Replace(p.read("go.mod"), "// for ids", "// for identifiers", 1))
	sum, mod := p.read("go.sum"), p.read("go.mod")
	plan := p.drop(".", record)
	if plan.Exact {
		t.Error("exact, although go.mod changed")
	}
	if got := p.fileAfter(plan, "go.sum"); got != sum {
		t.Errorf("go.sum became\n%s", got)
	}
	want := strings.Replace(mod, "\t"+V2+" v2.0.0\n", "", 1)
	if got := p.fileAfter(plan, "go.mod"); got != want || got == mod {
		t.Errorf("go.mod became\n%s\nwant\n%s", got, want)
	}
	p.commit(plan)
	p.write("main.go", plainMain)
	p.wantBuilds(".")
}

// Only go.sum changed: go.mod is restored, and go.sum keeps its lines.
func TestDropAfterSumChange(t *testing.T) {
	p, record := traced(t)
	p.write("go.sum", p.read("go.sum")+"example.com/x v1.0.0/go.mod h1:x\n")
	sum := p.read("go.sum")
	plan := p.drop(".", record)
	p.commit(plan)
	p.write("main.go", plainMain)
	if plan.Exact || p.read("go.sum") != sum || strings.Contains(p.read("go.mod"), V2) {
		t.Errorf("exact %v, go.mod\n%s\ngo.sum\n%s", plan.Exact, p.read("go.mod"), p.read("go.sum"))
	}
	p.wantBuilds(".")
}

func TestDropWithoutRecord(t *testing.T) {
	p, _ := traced(t)
	if plan := p.drop(".", ""); len(plan.Files) > 0 || !plan.Exact {
		t.Errorf("files %v, exact %v", plan.Files, plan.Exact)
	}
}

// A requirement that was there before stays, and a second run that has nothing to add gives no record.
func TestRequireAgain(t *testing.T) {
	p, record := traced(t)
	again := p.require(".", &Options{Record: record}, "xray")
	if len(again.Files) > 0 || again.Record != record || again.SDK != (SDK{V2, "v2.0.0"}) {
		t.Errorf("files %v, record %q, SDK %v", again.Files, again.Record, again.SDK)
	}
	if other := p.require(".", nil, "xray"); other.Record != "" {
		t.Errorf("record %q of a run that changes nothing", other.Record)
	}
}

// Two runs, the second of which needs more of the SDK, are undone together.
func TestRequireMore(t *testing.T) {
	p := plainProject(t, "1.21")
	before := p.snapshot()
	first := p.require(".", nil, "xray")
	p.commit(first)
	p.trace("main.go", first.SDK)
	second := p.require(".", &Options{Record: first.Record}, "xray", "instrumentation/awsv2")
	if len(second.Files) == 0 || strings.Count(second.Record, ".") != 2 {
		t.Fatalf("files %v, record %s", second.Files, second.Record)
	}
	p.commit(second)
	p.write("aws.go", "package main\n\nimport _ \""+V2+"/instrumentation/awsv2\"\n")
	p.wantBuilds(".")
	p.wantTidy(".")
	plan := p.drop(".", second.Record)
	p.commit(plan)
	if !plan.Exact {
		t.Error("not exact")
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		if p.read(name) != before[name] {
			t.Errorf("%s is\n%s", name, p.read(name))
		}
	}
}

func TestDamagedRecord(t *testing.T) {
	p := plainProject(t, "1.21")
	for _, record := range []string{"x", "2.abc", "1.", "1.!", "1.AAAA", "1.abc.def"} {
		if _, err := Drop(t.Context(), p.dir, record, p.options(nil)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("record %q: error %v", record, err)
		}
	}
}

// The record goes into a comment of a generated file: it is one word, and short.
func TestRecordSize(t *testing.T) {
	for _, goLine := range []string{"1.16", "1.21"} {
		record := plainProject(t, goLine).require(".", nil, "xray").Record
		t.Logf("go %s: %d bytes: %s", goLine, len(record), record)
		if len(record) > 1000 || strings.ContainsAny(record, " \n\t*/`\"") {
			t.Errorf("go %s: record of %d bytes: %s", goLine, len(record), record)
		}
	}
}
