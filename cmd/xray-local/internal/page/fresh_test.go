package page

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const web = "../../web"

// The page that is embedded was built from the sources beside it. Whether a build of them gives
// these very bytes is for the integration tests, which have npm.
func TestBundleIsFresh(t *testing.T) {
	files := []string{"build.mjs", "package.json", "package-lock.json", "tsconfig.json"}
	entries, err := os.ReadDir(filepath.Join(web, "src"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		files = append(files, "src/"+entry.Name())
	}
	slices.Sort(files)
	hash := sha256.New()
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(web, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	want, err := dist.ReadFile("dist/sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != strings.TrimSpace(string(want)) {
		t.Errorf("the page was built from other sources: cd cmd/xray-local/web && npm ci && npm run build")
	}
}

// Nothing in the page asks for anything elsewhere.
func TestBundleStaysHere(t *testing.T) {
	for _, name := range []string{"index.html", "app.js", "style.css"} {
		text, err := dist.ReadFile("dist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			for _, bad := range []string{"src=\"http", "href=\"http", "url(http", "@import", "eval("} {
				if strings.Contains(line, bad) {
					t.Errorf("%s has %s", name, bad)
				}
			}
		}
	}
}
