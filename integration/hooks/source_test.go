package hooks

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// checkout is the folder of the module around this one.
const checkout = "../.."

const (
	address = "https://github.com/seed-4257438c/xray-instrument"
	module  = "github.com/seed-4257438c/xray-instrument"
)

// sourceRepository returns a repository with the checkout's files as they are now,
// committed or not, for programs that fetch the tool by git.
func sourceRepository(t *testing.T, env []string) *repository {
	t.Helper()
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = checkout
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files in the checkout: %v", err)
	}
	files := map[string]string{}
	for name := range bytes.SplitSeq(bytes.Trim(list, "\x00"), []byte{0}) {
		text, err := os.ReadFile(filepath.Join(checkout, string(name)))
		if os.IsNotExist(err) {
			continue // deleted, and that not committed
		} else if err != nil {
			t.Fatal(err)
		}
		if len(text) > 0 {
			files[string(name)] = string(text)
		}
	}
	return newRepository(t, env, files)
}

// buildTool builds the command and returns its folder.
func buildTool(t *testing.T) string {
	t.Helper()
	return filepath.Dir(tool.Build(t))
}

// snippet returns the code in docs/hosts.md that is of a language and has a word in it.
func snippet(t *testing.T, language, word string) string {
	t.Helper()
	for _, s := range snippets(t, language) {
		if strings.Contains(s, word) {
			return s
		}
	}
	t.Fatalf("docs/hosts.md has no %s with %q", language, word)
	return ""
}

// snippets returns all code of a language in docs/hosts.md.
func snippets(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, "docs", "hosts.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, part := range strings.Split("\n"+string(text), "\n```") {
		if code, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			all = append(all, code+"\n")
		}
	}
	return all
}
