package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Lock lets one run at a time work on root, and waits for the other one to end. Roots are
// compared with their symbolic links resolved; a root inside another one has a lock of its own.
// The lock goes with the process that holds it, however that ends.
//
// The lock file is not in the user's tree but in the user's cache folder, or in the
// temporary folder where there is none: two users of one tree do not wait for each other.
func Lock(root string) (unlock func(), err error) {
	name, err := lockFile(root)
	if err != nil {
		return nil, fmt.Errorf("can't lock %s: %w", root, err)
	}
	unlock, err = lockedfile.MutexAt(name).Lock()
	if err != nil {
		return nil, fmt.Errorf("can't lock %s: %w", root, err)
	}
	return unlock, nil
}

// lockFile returns the name of root's lock file, in a folder that exists.
func lockFile(root string) (string, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(abs))
	file := hex.EncodeToString(sum[:16]) + ".lock"
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "xray-instrument", "lock")
		if os.MkdirAll(dir, 0o777) == nil {
			return filepath.Join(dir, file), nil
		}
	}
	return filepath.Join(os.TempDir(), "xray-instrument-"+file), nil
}
