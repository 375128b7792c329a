// Package cachedir names the folder in which runs keep what saves the next one work.
// Nothing in it is needed: it can be removed at any time.
//
// It imports nothing of the project.
package cachedir

import (
	"errors"
	"os"
	"path/filepath"
)

// Variable is the environment variable that names another folder, by its absolute
// path, or is "off" where nothing is to be kept.
const Variable = "XRAY_INSTRUMENT_CACHE"

// Path returns the folder, "" if there is none. It need not exist.
func Path() string {
	switch dir := os.Getenv(Variable); {
	case filepath.IsAbs(dir):
		return filepath.Clean(dir)
	case dir != "":
		return ""
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "xray-instrument")
}

// Remove removes what is kept in the folder, and nothing else that may be in one that
// the variable names.
func Remove(dir string) error {
	err := os.RemoveAll(filepath.Join(dir, "runs"))
	rules, _ := filepath.Glob(filepath.Join(dir, "rules-*"))
	for _, name := range rules {
		err = errors.Join(err, os.Remove(name))
	}
	if err == nil {
		os.Remove(dir) // unless there is something else
	}
	return err
}
