package analysis

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/analysis"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// module is the main module that a package belongs to.
type module struct {
	path, dir string

	mu  sync.Mutex
	set map[Flags]*Settings

	once  sync.Once
	known *find.Survey
}

func newModule(dir, path string) *module {
	return &module{path: path, dir: dir, set: map[Flags]*Settings{}}
}

// settings returns what is in force for the module's packages.
func (m *module) settings(flags Flags) (*Settings, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.set[flags]; s != nil {
		return s, nil
	}
	s, err := SettingsOf(m.dir, m.path, flags, nil)
	if err == nil {
		m.set[flags] = s
	}
	return s, err
}

// survey returns what is known of the module as a whole. It is read once.
func (m *module) survey(set *Settings) *find.Survey {
	m.once.Do(func() {
		m.known = &find.Survey{}
		m.known.Read(m.dir, set.HoldsIdioms, nil, nil)
	})
	return m.known
}

// modules holds what has been read of modules, by folder: a host may look at many
// packages of one.
var modules sync.Map

// moduleOf returns the module of a package, by the next go.mod above it. Without
// one, the package is all that is known of the program.
func moduleOf(pass *analysis.Pass) *module {
	dir := folder(pass)
	if mod, data := above(dir, "go.mod"); data != nil {
		m, _ := modules.LoadOrStore(mod, newModule(mod, modfile.ModulePath(data)))
		return m.(*module)
	}
	return newModule(dir, "")
}

// above returns the folder at or above dir that has a file of this name, and the
// file's text, or nil.
func above(dir, name string) (string, []byte) {
	for {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return dir, data
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir, nil
		}
		dir = up
	}
}

// Fingerprint returns a text that changes when something changes in the modules
// around a folder on which decisions about a package depend although it does not
// import it. go vet, which knows of imports alone, mixes it into the name of the
// tool under which it keeps results. An error is one of a module's configuration.
func Fingerprint(dir string) (string, error) {
	var b strings.Builder
	for _, mod := range MainModules(dir) {
		set, err := SettingsIn(mod, Flags{}, nil)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the go command will say so
		}
		if err != nil {
			return "", err
		}
		own, err := set.Fingerprint()
		if err != nil {
			return "", err
		}
		b.WriteString(own + newModule(mod, "").survey(set).Fingerprint() + "\n")
	}
	return b.String(), nil
}

// MainModules returns the folders of the main modules: those of the workspace that
// the go command would use in a folder, or the next module above it.
func MainModules(dir string) []string {
	work := os.Getenv("GOWORK")
	var data []byte
	switch work {
	case "off":
	case "":
		work, data = above(dir, "go.work")
	default:
		data, _ = os.ReadFile(work)
		work = filepath.Dir(work)
	}
	if data != nil {
		if f, err := modfile.ParseWork("go.work", data, nil); err == nil {
			var dirs []string
			for _, use := range f.Use {
				path := filepath.FromSlash(use.Path)
				if !filepath.IsAbs(path) {
					path = filepath.Join(work, path)
				}
				dirs = append(dirs, path)
			}
			return dirs
		}
	}
	if mod, data := above(dir, "go.mod"); data != nil {
		return []string{mod}
	}
	return nil
}
