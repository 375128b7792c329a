package integration

import (
	"reflect"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/pglite"
	"github.com/seed-4257438c/xray-instrument/integration/internal/postgres"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// TestStandIn runs the plain platform with PostgreSQL and with what stands in for it in the
// demonstration: the same requests get the same answers, and the same lines are logged.
func TestStandIn(t *testing.T) {
	programs := tool.Programs(t, source, "./cmd/...")
	standIn, err := pglite.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { standIn.Close() })
	const nobody = "127.0.0.1:2000" // the plain services send nothing
	want := startPlatform(t, programs, postgres.Start(t).Create(t, "plain"), nobody)
	got := startPlatform(t, programs, standIn.URL("plain"), nobody)
	for _, r := range requests() {
		t.Run(r.name, func(t *testing.T) {
			if got, want := got.send(t, r, ""), want.send(t, r, ""); !reflect.DeepEqual(got, want) {
				t.Errorf("the answer is\n%+v\nwith PostgreSQL\n%+v", got, want)
			}
		})
	}
	sameCalls(t, want, got)
	for _, service := range services { // a line is logged after its answer is sent
		want.procs[service].Stop()
		got.procs[service].Stop()
	}
	sameLogs(t, want, got)
}
