package rewrite

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
)

// What a run finds depends on the program, the settings, the tool and the go command
// alone. So a run that changed nothing is kept with what it said, under a key made of
// all that, and where the key is the same again, the same is said again. A key is made
// of contents, never of times; what it cannot hold keeps a run from being kept:
//
//   - programs that do not compile, whose mends may lie outside of them
//   - packages with cgo, which see files of the system
//   - runs in which the go command could not find a module, or was to find one
//   - go commands of a version in the making, other drivers of go/packages, and flags
//     that put other files in the place of those on disk
//
// Runs that change files are never kept: what is written has always been found,
// planned and proved anew.

// remembered returns what an earlier run of the same kind found in the same program,
// or does the work. keep reports whether the result may stand for later ones.
func remembered[T any](ctx context.Context, r *run, kind string, work func() (*T, error), keep func(*T) bool) (*T, error) {
	r.begin(stepCache)
	key, err := r.key(kind)
	if err != nil || r.opts.Cache == "" {
		return work()
	}
	r.known = key
	kept := r.kept()
	var was said[T]
	if kept.Get(key, &was) && was.Result != nil {
		for _, line := range was.Messages {
			r.message("%s", line)
		}
		return was.Result, nil
	}
	var now said[T]
	tell := r.opts.Message
	r.opts.Message = func(line string) {
		now.Messages = append(now.Messages, line)
		if tell != nil {
			tell(line)
		}
	}
	if now.Result, err = work(); err != nil || r.unsure || !keep(now.Result) || r.uncertain() || ctx.Err() != nil {
		return now.Result, err
	}
	r.begin(stepCache)
	if again, err := r.key(kind); err == nil && again == key { // nothing was changed meanwhile
		kept.Put(key, now)
	}
	return now.Result, nil
}

// kept is where runs keep what they found.
func (r *run) kept() *cache.Cache { return cache.In(filepath.Join(r.opts.Cache, "runs")) }

// said is what a run found, and what it told the user on the way.
type said[T any] struct {
	Result   *T
	Messages []string
}

// goVariables are what the go command says of its settings that decide which files
// make up a program and what they mean.
var goVariables = []string{
	"GOWORK", "GOMOD", "GOFLAGS", "GOOS", "GOARCH", "CGO_ENABLED",
	"GOVERSION", "GOROOT", "GOMODCACHE", "GOPATH", "GOTOOLCHAIN", "GO111MODULE", "GOEXPERIMENT", "GOFIPS140",
	"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
}

// errUnkeyed says that not all that a run depends on can be part of a key.
var errUnkeyed = errors.New("the run depends on more than a key holds")

// key returns the key of the run's result.
func (r *run) key(kind string) (cache.Key, error) {
	if r.opts.Cache == "" || !r.isPlain() {
		return cache.Key{}, errUnkeyed
	}
	id, err := toolID()
	if err != nil {
		return cache.Key{}, err
	}
	h := cache.NewHash()
	h.Add("1", id, kind) // the form of what is kept
	for _, name := range goVariables {
		h.Add(r.goEnv[name])
	}
	opts, err := json.Marshal(struct {
		Dir, Mod             string
		Patterns, BuildFlags []string
		Remove               bool
		Flags                analysis.Flags
		Root                 string
		GOWORK               string
	}{r.opts.Dir, r.opts.Mod, r.opts.Patterns, r.opts.BuildFlags, r.opts.Remove, r.opts.Flags, r.root, os.Getenv("GOWORK")})
	if err != nil {
		return cache.Key{}, err
	}
	h.Add(string(opts))
	dirs, files, err := r.sources()
	for _, dir := range dirs {
		h.Add(dir)
		err = errors.Join(err, h.Tree(dir))
	}
	for _, name := range files {
		h.Add(name)
		if e := h.File(name); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return h.Key(), err
}

// isPlain reports whether the go command builds what lies on disk, in a released
// version and as go/packages asks it to.
func (r *run) isPlain() bool {
	for _, flag := range slices.Concat(strings.Fields(r.goEnv["GOFLAGS"]), r.opts.BuildFlags) {
		for _, other := range []string{"-overlay", "-modfile", "-toolexec", "-pkgdir", "-compiler", "-gccgoflags", "-installsuffix"} {
			if strings.Contains(flag, other) {
				return false
			}
		}
	}
	if !strings.HasPrefix(r.goEnv["GOVERSION"], "go") {
		return false
	}
	driver := os.Getenv("GOPACKAGESDRIVER")
	if driver == "" {
		_, err := exec.LookPath("gopackagesdriver")
		return err != nil
	}
	return driver == "off"
}

// sources returns the folders that hold the program, as far as it does not come from the
// module cache, and further files that decide which modules it is made of.
func (r *run) sources() (dirs, files []string, err error) {
	dirs = append(analysis.MainModules(r.opts.Dir), r.root)
	if work := r.goEnv["GOWORK"]; work != "" && work != "off" {
		data, err := os.ReadFile(work)
		if err != nil {
			return nil, nil, err
		}
		f, err := modfile.ParseWork(work, data, nil)
		if err != nil {
			return nil, nil, err
		}
		for _, use := range f.Use {
			dirs = append(dirs, absolute(filepath.Dir(work), use.Path))
		}
		dirs = append(dirs, replaced(filepath.Dir(work), f.Replace)...)
		files = append(files, work, work+".sum")
	}
	for _, dir := range slices.Clone(dirs) {
		name := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // the folder of a workspace
		}
		if err != nil {
			return nil, nil, err
		}
		f, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, nil, err
		}
		dirs = append(dirs, replaced(dir, f.Replace)...)
	}
	for i, dir := range dirs {
		dirs[i] = realPath(dir)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), files, nil
}

// replaced returns the folders that stand for modules.
func replaced(base string, list []*modfile.Replace) []string {
	var dirs []string
	for _, rep := range list {
		if rep.New.Version == "" {
			dirs = append(dirs, absolute(base, rep.New.Path))
		}
	}
	return dirs
}

func absolute(base, name string) string {
	if name = filepath.FromSlash(name); filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(base, name)
}

// uncertain reports whether a result depends on more than the program: on its
// compiler for C, or on what it takes to make it compile.
func (r *run) uncertain() bool {
	for _, pkg := range r.prog.Packages {
		if len(pkg.Errors) > 0 || len(pkg.CgoFile) > 0 {
			return true
		}
	}
	return false
}

// toolID tells this build of the program from others, by what it is made of.
var toolID = sync.OnceValues(func() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
})
