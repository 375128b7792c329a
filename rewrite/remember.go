package rewrite

import (
	"bytes"
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
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// What a run finds depends on the program, the settings, the tool and the go command
// alone. So a run that changed nothing is kept with what it said, under a key made of
// all that, and where the key is the same again, the same is said again. A key is made
// of contents, never of times, but for the survey of a module's files, which would have to
// be read all for the sake of one package; what it cannot hold keeps a run from being kept:
//
//   - programs that do not compile, whose mends may lie outside of them
//   - packages with cgo, which see files of the system
//   - runs in which the go command could not find a module, or was to find one
//   - go commands of a version in the making, other drivers of go/packages, and flags
//     that put other files in the place of those on disk
//
// Runs that change files are never kept: what is written has always been found,
// planned and proved anew. The gate, which writes nothing, keeps more: see listed.go.

// remembered returns what an earlier run of the same kind found in the same program,
// or does the work. keep reports whether the result may stand for later ones.
func remembered[T any](ctx context.Context, r *run, kind string, work func() (*T, error), keep func(*T) bool) (*T, error) {
	r.begin(stepCache)
	key, err := r.key(kind)
	if err != nil || r.opts.Cache == "" {
		return work()
	}
	r.known = key
	if was := recall[T](r, key); was != nil {
		return was, nil
	}
	heard := r.overhear(true)
	result, err := work()
	told := heard()
	if err != nil || r.unsure || !keep(result) || r.uncertain() || ctx.Err() != nil {
		return result, err
	}
	r.begin(stepCache)
	if again, err := r.key(kind); err != nil || again != key { // something was changed meanwhile
		return result, nil
	}
	if all := r.listed; all != nil {
		if all.keep(r); r.depends == onPackages {
			key = all.resultKey()
		}
	}
	if r.listed == nil || r.depends != onSurvey { // its parts are kept
		r.kept().Put(key, said[T]{result, told})
	}
	return result, nil
}

// recall returns what was kept under a key, having told the user the same again, or nil.
func recall[T any](r *run, key cache.Key) *T {
	var was said[T]
	if !r.kept().Get(key, &was) || was.Result == nil {
		return nil
	}
	for _, line := range was.Messages {
		r.message("%s", line)
	}
	return was.Result
}

// overhear notes what the run tells the user until the function that it returns is called;
// only aloud does the user hear it meanwhile.
func (r *run) overhear(aloud bool) (told func() []string) {
	var lines []string
	tell := r.opts.Message
	r.opts.Message = func(line string) {
		lines = append(lines, line)
		if aloud && tell != nil {
			tell(line)
		}
	}
	return func() []string {
		r.opts.Message = tell
		return lines
	}
}

// kept is where runs keep what they found.
func (r *run) kept() *cache.Cache {
	if r.store == nil {
		r.store = cache.In(filepath.Join(r.opts.Cache, "runs"))
	}
	return r.store
}

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
	h, s, err := r.frame(kind, r.opts.Patterns)
	if err != nil {
		return cache.Key{}, err
	}
	for _, dir := range s.dirs {
		h.Add(dir)
		err = errors.Join(err, h.Tree(dir))
	}
	return h.Key(), err
}

// frame returns the hash of all that decides a run of some packages beside what they hold, and where
// the program is.
func (r *run) frame(kind string, patterns []string) (*cache.Hash, *sources, error) {
	if r.opts.Cache == "" || !r.isPlain() {
		return nil, nil, errUnkeyed
	}
	id, err := toolID()
	if err != nil {
		return nil, nil, err
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
	}{r.opts.Dir, r.opts.Mod, patterns, r.opts.BuildFlags, r.opts.Remove, r.opts.Flags, r.root, os.Getenv("GOWORK")})
	if err != nil {
		return nil, nil, err
	}
	h.Add(string(opts))
	s, err := r.sources()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range s.files {
		h.Add(name)
		if e := h.File(name); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	for _, dir := range s.dirs {
		h.Add(strconv.FormatBool(exists(filepath.Join(dir, "vendor")))) // an empty one counts for the go command
	}
	return h, s, err
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

// sources are the folders that hold the program, as far as it does not come from the
// module cache, and the files that decide which modules it is made of and what is to be done with them.
type sources struct {
	dirs, files []string
	modules     []home
}

// home is a module in a folder of its own.
type home struct{ path, dir string }

func (r *run) sources() (*sources, error) {
	s := &sources{dirs: append(analysis.MainModules(r.opts.Dir), r.root)}
	if work := r.goEnv["GOWORK"]; work != "" && work != "off" {
		data, err := os.ReadFile(work)
		if err != nil {
			return nil, err
		}
		f, err := modfile.ParseWork(work, data, nil)
		if err != nil {
			return nil, err
		}
		for _, use := range f.Use {
			s.dirs = append(s.dirs, absolute(filepath.Dir(work), use.Path))
		}
		s.replaced(filepath.Dir(work), f.Replace)
		s.files = append(s.files, work, work+".sum")
	}
	for _, dir := range slices.Clone(s.dirs) {
		name := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // the folder of a workspace
		}
		if err != nil {
			return nil, err
		}
		f, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, err
		}
		if f.Module != nil {
			s.modules = append(s.modules, home{f.Module.Mod.Path, dir})
		}
		s.replaced(dir, f.Replace)
	}
	for i, dir := range s.dirs {
		s.dirs[i] = realPath(dir)
	}
	slices.Sort(s.dirs)
	s.dirs = slices.Compact(s.dirs)
	for _, dir := range s.dirs {
		for _, name := range []string{"go.mod", "go.sum", filepath.Join("vendor", "modules.txt"), config.Name} {
			s.files = append(s.files, filepath.Join(dir, name))
		}
	}
	return s, nil
}

// replaced adds the folders that stand for modules.
func (s *sources) replaced(base string, list []*modfile.Replace) {
	for _, rep := range list {
		if rep.New.Version == "" {
			dir := absolute(base, rep.New.Path)
			s.dirs, s.modules = append(s.dirs, dir), append(s.modules, home{rep.Old.Path, dir})
		}
	}
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

// toolID tells this build of the program from others: by the build ID that the go command
// has left in it, which is made of all that went into it, or else by what it is made of.
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
	start, err := io.ReadAll(io.TeeReader(io.LimitReader(f, 32<<10), h))
	if err != nil {
		return "", err
	}
	if id := buildID(start); id != "" {
		return id, nil
	}
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
})

// Where a build ID stands near the start of a program: in a note of an ELF file, behind the
// owner, and in the code of others.
var buildIDs = [][2]string{{"\x04\x00\x00\x00Go\x00\x00", "\x00"}, {"\xff Go build ID: \"", "\"\n \xff"}}

// buildID returns the build ID that stands in the start of a program, or "": one that somebody
// has given it has not the four parts.
func buildID(start []byte) string {
	for _, around := range buildIDs {
		if _, rest, ok := bytes.Cut(start, []byte(around[0])); ok {
			if id, _, ok := bytes.Cut(rest, []byte(around[1])); ok && len(id) < 200 && bytes.Count(id, []byte("/")) == 3 {
				return string(id)
			}
		}
	}
	return ""
}
