package custom

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/internal/cachedir"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// slot is the place in the user's cache folder that keeps the idioms of one module.
// What it holds counts as long as every file that the idioms depend on has the
// contents that it had.
type slot struct {
	file  string   // "" where there is no cache folder
	own   []string // files that count beside those of packages
	noted map[string]string
}

// entry is what a slot holds.
type entry struct {
	Files   map[string]string // names to what they held
	Catalog *rules.Catalog
}

// environment are the variables that the go command's choice of files depends on.
var environment = []string{"GOFLAGS", "GOOS", "GOARCH", "GOWORK", "GOTOOLCHAIN", "CGO_ENABLED", "GOEXPERIMENT", "GOROOT", "GOMODCACHE", "GOPATH", "GO111MODULE"}

func openSlot(file *config.File, opts Options) *slot {
	s := &slot{own: []string{file.Path}}
	for dir := opts.Dir; ; dir = filepath.Dir(dir) { // a workspace that comes or goes counts too
		s.own = append(s.own, filepath.Join(dir, "go.work"), filepath.Join(dir, "go.work.sum"))
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if work := os.Getenv("GOWORK"); filepath.IsAbs(work) {
		s.own = append(s.own, work, work+".sum")
	}
	s.own = append(s.own, filepath.Join(opts.Dir, "vendor", "modules.txt"))
	folder := cachedir.Path()
	if folder == "" {
		return s
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n%s\n%q\n%s\n", opts.Dir, opts.Flags, runtime.Version(), paths(file), tool())
	for _, name := range environment {
		fmt.Fprintf(h, "%s=%q\n", name, os.Getenv(name))
	}
	s.file = filepath.Join(folder, fmt.Sprintf("rules-%x.json", h.Sum(nil)[:16]))
	return s
}

// tool returns what tells this build of the program from others: they may make other
// records.
func tool() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(name)
	if err != nil {
		return name
	}
	return fmt.Sprintf("%s %d %d", name, info.Size(), info.ModTime().UnixNano())
}

// read returns what the slot holds, or nil if that does not count any more.
func (s *slot) read() *rules.Catalog {
	data, err := os.ReadFile(s.file)
	if err != nil {
		return nil
	}
	var e entry
	if json.Unmarshal(data, &e) != nil || e.Catalog == nil {
		return nil
	}
	for name, was := range e.Files {
		if contents(name) != was {
			return nil
		}
	}
	return e.Catalog
}

// note notes what the files hold from which a catalog is to be made.
func (s *slot) note(files []string) {
	s.noted = map[string]string{}
	for _, name := range slices.Concat(s.own, files) {
		s.noted[name] = contents(name)
	}
}

// write keeps a catalog that was made of the noted files. Where that fails there is
// none the next time, and nothing else is lost.
func (s *slot) write(c *rules.Catalog) {
	if s.file == "" {
		return
	}
	data, err := json.Marshal(entry{s.noted, c})
	if err != nil || os.MkdirAll(filepath.Dir(s.file), 0o777) != nil {
		return
	}
	temp, err := os.CreateTemp(filepath.Dir(s.file), "rules-*.tmp")
	if err != nil {
		return
	}
	_, err = temp.Write(data)
	if e := temp.Close(); err == nil {
		err = e
	}
	if err != nil || os.Rename(temp.Name(), s.file) != nil {
		os.Remove(temp.Name())
	}
}

// contents returns what a file holds, or which Go files a folder has, as a hash; ""
// for what is not there.
func contents(name string) string {
	h := sha256.New()
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		names, err := f.Readdirnames(-1)
		if err != nil {
			return ""
		}
		slices.Sort(names)
		for _, n := range names {
			if strings.HasSuffix(n, ".go") {
				fmt.Fprintln(h, n)
			}
		}
	default:
		if _, err := io.Copy(h, f); err != nil {
			return ""
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
