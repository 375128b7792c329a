package find

import "testing"

func TestKeyPackage(t *testing.T) {
	for key, want := range map[string]string{
		"net/http.Get":                            "net/http",
		"database/sql.DB.Query":                   "database/sql",
		"gopkg.in/mgo.v2.Session.DB":              "gopkg.in/mgo.v2",
		"github.com/nats-io/nats.go.Conn.Publish": "github.com/nats-io/nats.go",
		"example.com/store.client.Get":            "example.com/store.client",
		"error.Error":                             "error",
	} {
		if got := keyPackage(key); got != want {
			t.Errorf("keyPackage(%q) = %q, want %q", key, got, want)
		}
	}
}
