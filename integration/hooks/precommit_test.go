package hooks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program is a module of three packages: store has been untraced since before the hooks
// came, clean has nothing to trace, and api will get something.
var program = map[string]string{
	"go.mod":         "module example.com/shop\n\ngo 1.24\n",
	"store/store.go": "package store\n\nimport \"database/sql\"\n\nfunc Open(dsn string) (*sql.DB, error) { return sql.Open(\"postgres\", dsn) }\n",
	"clean/clean.go": "package clean\n\nfunc F() {}\n",
	"api/api.go":     "package api\n\nfunc F() {}\n",
}

// client is a package api's further file with a site.
const client = "package api\n\nimport \"net/http\"\n\nvar Client = &http.Client{}\n"

// preCommit returns what makes a repository with files that uses one of the hooks, set
// up as docs/hosts.md says. pre-commit builds the hooks once, for all of them.
func preCommit(t *testing.T) func(t *testing.T, hook string, files map[string]string) *repository {
	env := environment(t)
	source := sourceRepository(t, env)
	source.run("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
	revision := strings.TrimSpace(source.run("git", "rev-parse", "HEAD"))
	page := snippet(t, "yaml", "repos:")
	return func(t *testing.T, hook string, files map[string]string) *repository {
		t.Helper()
		r := newRepository(t, env, files)
		r.stage(map[string]string{".pre-commit-config.yaml": strings.NewReplacer(
			address, source.dir, "v0.1.0", revision, "xray-instrument-check", hook,
		).Replace(page)})
		r.run("pre-commit", "install", "--install-hooks")
		r.commits()
		return r
	}
}

func TestPreCommit(t *testing.T) {
	start := preCommit(t)
	t.Run("check", func(t *testing.T) { checks(t, start(t, "xray-instrument-check", program)) })
	t.Run("fix", func(t *testing.T) { fixes(t, start(t, "xray-instrument", program)) })
	t.Run("modules in folders", func(t *testing.T) {
		files := map[string]string{"README": "Two services.\n"}
		for _, folder := range []string{"services/orders", "services/stock"} {
			for name, text := range program {
				files[folder+"/"+name] = text
			}
		}
		inFolders(t, start(t, "xray-instrument", files))
	})
}

// checks lets good commits through and refuses bad ones, for staged files alone.
func checks(t *testing.T, r *repository) {
	r.stage(map[string]string{"clean/clean.go": "package clean\n\nfunc G() {}\n"})
	r.commits()

	r.stage(map[string]string{"api/client.go": client})
	out := r.refuses()
	says(t, out, "xray-instrument-check", "api/client.go:5:15: ClientLiteral: ")
	silentOn(t, out, "store.go")
	if got, want := r.changed(), []string{"api/client.go"}; !slices.Equal(got, want) {
		t.Errorf("the check leaves %q, want %q", got, want)
	}
	r.stage(map[string]string{"api/client.go": strings.Replace(client, "var", "//xray:ignore ClientLiteral it only reaches a cache\nvar", 1)})
	r.commits()

	// The site may stand in a file of the package that is not staged.
	r.stage(map[string]string{"store/other.go": "package store\n\nfunc F() {}\n"})
	says(t, r.refuses(), "store/store.go:5:49: SQLOpen: ")
	r.run("git", "rm", "-q", "-f", "store/other.go")

	// What is not staged does not count.
	r.write(map[string]string{"clean/client.go": strings.Replace(client, "api", "clean", 1), "clean/clean.go": "package clean\n\nfunc H() {}\n"})
	r.run("git", "add", "clean")
	r.stage(map[string]string{"clean/client.go": "package clean\n"})
	r.write(map[string]string{"clean/client.go": strings.Replace(client, "api", "clean", 1)})
	r.commits()
	r.run("git", "checkout", "-q", ".")

	// Nothing to do is no reason to refuse.
	r.stage(map[string]string{
		"api/api_test.go":       "package api\n\nimport \"net/http\"\n\nvar c = &http.Client{}\n",
		"plan9/c_plan9.go":      strings.Replace(client, "api", "plan9", 1),
		"testdata/client.go":    client,
		"only/tests/x_test.go":  "package tests\n",
		"tools/generate/gen.go": "//go:build ignore\n\npackage main\n",
	})
	r.commits()
	r.stage(map[string]string{"store/store.go": ""})
	r.commits()
}

// fixes changes the packages of the staged files, after which the commit goes through.
func fixes(t *testing.T, r *repository) {
	r.stage(map[string]string{"clean/clean.go": "package clean\n\nfunc G() {}\n"})
	r.commits()

	r.stage(map[string]string{"api/client.go": client})
	out := r.refuses()
	says(t, out, "files were modified by this hook", "1 instrumented")
	want := []string{"api/client.go", "api/xray_instrument.go", "go.mod", "go.sum"}
	if got := r.changed(); !slices.Equal(got, want) {
		t.Errorf("the hook changes %q, want %q", got, want)
	}
	says(t, r.read("api/client.go"), "http.Client{Transport: xrayTransport{}}")

	r.run("git", "add", "-A")
	r.commits()
	if got := r.changed(); got != nil {
		t.Errorf("left after the commit: %q", got)
	}
	r.run("go", "vet", "./...")
}

// inFolders treats each module of a repository by itself.
func inFolders(t *testing.T, r *repository) {
	r.stage(map[string]string{"services/orders/api/client.go": client, "services/stock/clean/clean.go": "package clean\n\nfunc G() {}\n"})
	says(t, r.refuses(), "files were modified by this hook")
	for _, name := range r.changed() {
		if !strings.HasPrefix(name, "services/orders/") && name != "services/stock/clean/clean.go" {
			t.Errorf("%s is changed too", name)
		}
	}
	r.run("git", "add", "-A")
	r.commits()
	if got := r.changed(); got != nil {
		t.Errorf("left after the commit: %q", got)
	}
	r.run("go", "build", "-C", "services/orders", "./...")

	r.stage(map[string]string{"services/stock/api/client.go": client, "services/orders/api/api.go": "package api\n\nfunc G() {}\n"})
	r.refuses()
	if _, err := os.Stat(filepath.Join(r.dir, "services", "stock", "api", "xray_instrument.go")); err != nil {
		t.Error(err)
	}
}
