package hooks

import (
	"maps"
	"path/filepath"
	"testing"
)

// TestGoTool keeps a package traced with go generate and the tool that go.mod requires.
func TestGoTool(t *testing.T) {
	source, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	files := maps.Clone(program)
	files["go.mod"] = "module example.com/shop\n\ngo 1.26\n"
	files["api/client.go"] = client
	files["api/generate.go"] = "package api\n\n" + snippet(t, "go", "go tool")
	r := newRepository(t, environment(t), files)
	// As go get -tool would, with a folder instead of a version.
	r.run("go", "mod", "edit", "-tool="+module+"/cmd/xray-instrument", "-require="+module+"@v0.0.0", "-replace="+module+"="+source)
	r.run("go", "mod", "tidy")
	r.run("git", "add", "-A")
	r.commits()

	says(t, r.run("go", "generate", "./..."), "1 instrumented, 0 already, 0 skipped; 1 packages")
	says(t, r.read("api/client.go"), "http.Client{Transport: xrayTransport{}}")
	says(t, r.read("go.mod"), "tool "+module+"/cmd/xray-instrument\n", "aws-xray-sdk-go/v2 v2")
	says(t, r.read("store/store.go"), program["store/store.go"])
	r.run("go", "build", "./...")
	r.run("git", "add", "-A")
	r.commits()

	if out := r.run("go", "generate", "./..."); out != "" {
		t.Errorf("with nothing to do, go generate prints:\n%s", out)
	}
	if got := r.changed(); got != nil {
		t.Errorf("a second run changes %q", got)
	}

	r.run("go", "tool", "xray-instrument", "-remove", "./...")
	if out := r.run("git", "diff", "HEAD~1"); out != "" {
		t.Errorf("-remove leaves:\n%s", out)
	}
}
