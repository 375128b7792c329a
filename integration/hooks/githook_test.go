package hooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGitHook commits with the plain hook of docs/hosts.md.
func TestGitHook(t *testing.T) {
	bin := buildTool(t)
	env := append(environment(t), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	r := newRepository(t, env, program)
	r.write(map[string]string{".git/hooks/pre-commit": snippet(t, "sh", "#!/bin/sh")})
	if err := os.Chmod(filepath.Join(r.dir, ".git", "hooks", "pre-commit"), 0o755); err != nil {
		t.Fatal(err)
	}

	r.stage(map[string]string{"clean/clean.go": "package clean\n\nfunc G() {}\n", "a folder/ä.go": "package folder\n"})
	r.commits()
	r.stage(map[string]string{"README": "no Go\n"})
	r.commits()
	r.stage(map[string]string{"api/client.go": client})
	out := r.refuses()
	says(t, out, "api/client.go:5:15: ClientLiteral: ")
	silentOn(t, out, "store.go")
	r.run(filepath.Join(bin, "xray-instrument"), "./api")
	r.run("git", "add", "-A")
	r.commits()
	r.stage(map[string]string{"store/store.go": strings.ReplaceAll(program["store/store.go"], "dsn", "name")})
	says(t, r.refuses(), "store/store.go:5:50: SQLOpen: ")
	r.stage(map[string]string{"store/store.go": ""})
	r.commits()
}
