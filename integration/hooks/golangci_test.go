package hooks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGolangciLint builds a custom golangci-lint as docs/hosts.md says, and runs it. That
// takes ten minutes where nothing is compiled yet, so it has to be asked for with
// XRAY_GOLANGCI_LINT=1. golangci-lint itself comes from the Go module proxy: a git
// repository of those files stands in for the one that it would clone.
func TestGolangciLint(t *testing.T) {
	if os.Getenv("XRAY_GOLANGCI_LINT") == "" {
		t.Skip("XRAY_GOLANGCI_LINT is not set")
	}
	env := environment(t)
	source, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	build, settings := snippet(t, "yaml", "version: v2."), snippet(t, "yaml", "linters:")
	version := strings.TrimPrefix(strings.SplitN(build, "\n", 2)[0], "version: ")

	upstream := newRepository(t, env, map[string]string{"README": "replaced\n"})
	var download struct{ Dir string }
	// The module's files are read-only: git has them, a clone is writable.
	if err := json.Unmarshal([]byte(upstream.run("go", "mod", "download", "-json", "github.com/golangci/golangci-lint/v2@"+version)), &download); err != nil {
		t.Fatal(err)
	}
	upstream.run("git", "--work-tree="+download.Dir, "add", "-A", "-f")
	upstream.run("git", "commit", "-q", "-m", version)
	upstream.run("git", "reset", "-q", "--hard")
	upstream.run("git", "tag", version)
	upstream.run("go", "build", "-buildvcs=false", "-o", "golangci-lint", "./cmd/golangci-lint")

	files := map[string]string{
		".custom-gcl.yml": strings.ReplaceAll(build, "path: ../xray-instrument", "path: "+source),
		".golangci.yml":   settings,
		"cmd/orders/main.go": "package main\n\nimport (\n\t\"database/sql\"\n\t\"net/http\"\n)\n\nfunc main() {\n" +
			"\tdb, _ := sql.Open(\"postgres\", \"\")\n\thttp.HandleFunc(\"/\", func(w http.ResponseWriter, r *http.Request) { _ = db.Ping() })\n}\n",
	}
	for name, text := range program {
		files[name] = text
	}
	r := newRepository(t, append(env,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+upstream.dir+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/golangci/golangci-lint.git",
		"GOLANGCI_LINT_CACHE="+t.TempDir(),
	), files)
	t.Log(r.run(filepath.Join(upstream.dir, "golangci-lint"), "custom", "-v"))

	linter := filepath.Join(r.dir, "custom-gcl")
	out, err := r.try(linter, "run", "--enable-only=xray", "./...")
	if err == nil {
		t.Error("exit status 0, although there is something to report")
	}
	says(t, out, "store/store.go:5:49: SQLOpen: ", "cmd/orders/main.go:10:74: DBPing: ", "(xray)")
	r.run(linter, "run", "--enable-only=xray", "--fix", "--issues-exit-code=0", "./...")
	says(t, r.read("cmd/orders/main.go"), "db.PingContext(context.WithoutCancel(r.Context()))") // as cancel: detach says
}
