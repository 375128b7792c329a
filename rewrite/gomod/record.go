package gomod

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// A record undoes one or several plans. Its form is
//
//	1.BASE64[.BASE64...]
//
// with one part for each plan, the oldest first: a [step] as compressed JSON. A step holds the
// inverse edits of each file and the hash of what they apply to; as the plan mostly
// inserts, they are a few numbers even where go.sum gained thousands of lines.
const recordVersion = "1"

// step undoes one plan.
type step struct {
	SDK   string              `json:"sdk,omitempty"` // the module path, if the plan added its requirement
	Files map[string]fileStep `json:"files"`         // by base name
}

// fileStep undoes the change of one file.
type fileStep struct {
	After   string `json:"a"`           // hash of the file that the edits apply to
	Before  string `json:"b"`           // hash of what they make of it
	Created bool   `json:"c,omitempty"` // there was no file before
	Edits   []edit `json:"e"`
}

// newRecord returns the record of a plan that changes files; "" if there are none.
func newRecord(r *resolution, files []editedFile) (string, error) {
	if len(files) == 0 {
		return "", nil
	}
	s := step{Files: map[string]fileStep{}}
	if was, known := r.have[r.sdk.Path]; !known || was.indirect {
		s.SDK = r.sdk.Path
	}
	for _, f := range files {
		s.Files[filepath.Base(f.path)] = fileStep{
			After: shortHash(f.after), Before: shortHash(f.before), Created: f.before == nil,
			Edits: invert(f.before, f.edits),
		}
	}
	text, err := encodeStep(s)
	return recordVersion + "." + text, err
}

// joinRecords appends the record of a later plan to that of an earlier one.
func joinRecords(earlier, later string) string {
	switch {
	case earlier == "":
		return later
	case later == "":
		return earlier
	}
	return earlier + strings.TrimPrefix(later, recordVersion)
}

func encodeStep(s step) (string, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(data); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

// maxRecord bounds what a damaged record may unpack to.
const maxRecord = 16 << 20

// decodeRecord returns the steps of a record, the oldest first.
func decodeRecord(record string) ([]step, error) {
	parts := strings.Split(record, ".")
	if len(parts) < 2 || parts[0] != recordVersion {
		return nil, fmt.Errorf("the record of the SDK's requirement is damaged or of another version")
	}
	var steps []step
	for _, part := range parts[1:] {
		packed, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return nil, fmt.Errorf("the record of the SDK's requirement is damaged: %w", err)
		}
		data, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxRecord))
		var s step
		if err == nil {
			err = json.Unmarshal(data, &s)
		}
		if err != nil {
			return nil, fmt.Errorf("the record of the SDK's requirement is damaged: %w", err)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// undo returns the file as it was, or ok false if the step does not apply to it.
func (s fileStep) undo(data []byte) (before []byte, ok bool) {
	if data == nil || shortHash(data) != s.After {
		return nil, false
	}
	before, ok = apply(data, s.Edits)
	if !ok || s.Created && len(before) > 0 {
		return nil, false
	}
	if s.Created {
		return nil, true
	}
	return before, shortHash(before) == s.Before
}

// shortHash tells the states of one file apart; nobody gains by making two that agree.
func shortHash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
