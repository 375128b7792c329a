// Package keep writes traces to a file, an embedded database, and reads them back.
//
// It imports nothing of this module.
package keep

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// The buckets of the database. documents has a bucket for each trace; order has the ids of
// traces under the number of their arrival, so that they come back oldest first.
var (
	documents = []byte("documents")
	order     = []byte("order")
	places    = []byte("places") // the number of each trace's arrival
)

// flushEvery is how long what was kept may wait: so much is lost when the machine goes down.
const flushEvery = time.Second

// File is an open database.
type File struct {
	db *bbolt.DB

	mu      sync.Mutex
	pending []change
	failed  error

	stop chan struct{}
	done chan struct{}
}

// change is a document that is kept, or a trace that goes.
type change struct {
	trace string
	id    uint64
	text  []byte // nil: the trace goes
}

// Open opens a file, a new one if there is none. One file is for one program at a time.
func Open(path string) (*File, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 500 * time.Millisecond})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another program", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{documents, order, places} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	f := &File{db: db, stop: make(chan struct{}), done: make(chan struct{})}
	go f.run()
	return f, nil
}

// Load calls take for every document, those of the oldest trace first.
func (f *File) Load(take func(text []byte) error) (int, error) {
	n := 0
	err := f.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(order).ForEach(func(_, id []byte) error {
			trace := tx.Bucket(documents).Bucket(id)
			if trace == nil {
				return nil
			}
			return trace.ForEach(func(_, text []byte) error {
				if take(append([]byte(nil), text...)) == nil {
					n++
				}
				return nil // one that is broken is left alone
			})
		})
	})
	return n, err
}

// Keep keeps a document. The text belongs to the file from then on.
func (f *File) Keep(trace string, id uint64, text []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, change{trace, id, text})
}

// Drop forgets a trace.
func (f *File) Drop(trace string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, change{trace: trace})
}

// Err returns what kept the file from being written, if anything.
func (f *File) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// Close writes what is left and closes the file.
func (f *File) Close() error {
	close(f.stop)
	<-f.done
	return errors.Join(f.Err(), f.db.Close())
}

func (f *File) run() {
	defer close(f.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			f.flush()
		case <-f.stop:
			f.flush()
			return
		}
	}
}

// flush writes everything that waits in one transaction.
func (f *File) flush() {
	f.mu.Lock()
	changes := f.pending
	f.pending = nil
	f.mu.Unlock()
	if len(changes) == 0 {
		return
	}
	err := f.db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := c.apply(tx); err != nil {
				return err
			}
		}
		return nil
	})
	f.mu.Lock()
	f.failed = err
	f.mu.Unlock()
}

func (c change) apply(tx *bbolt.Tx) error {
	id := []byte(c.trace)
	if c.text == nil {
		place := tx.Bucket(places).Get(id)
		if place == nil {
			return nil
		}
		place = append([]byte(nil), place...)
		return errors.Join(tx.Bucket(order).Delete(place), tx.Bucket(places).Delete(id), tx.Bucket(documents).DeleteBucket(id))
	}
	trace := tx.Bucket(documents).Bucket(id)
	if trace == nil {
		n, err := tx.Bucket(order).NextSequence()
		if err != nil {
			return err
		}
		place := binary.BigEndian.AppendUint64(nil, n)
		if err := errors.Join(tx.Bucket(order).Put(place, id), tx.Bucket(places).Put(id, place)); err != nil {
			return err
		}
		if trace, err = tx.Bucket(documents).CreateBucket(id); err != nil {
			return err
		}
	}
	return trace.Put(binary.BigEndian.AppendUint64(nil, c.id), c.text)
}
