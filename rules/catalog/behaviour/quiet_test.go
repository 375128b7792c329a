package behaviour

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// quietChild in the environment has the test binary print atStart and end.
const quietChild = "XRAY_QUIET_CHILD"

func TestQuiet(t *testing.T) {
	if atStart != "" {
		t.Errorf("work without a segment is logged: %s", atStart)
	}
}

func TestQuietGivesWayToTheEnvironment(t *testing.T) {
	got := child(t, "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR")
	if want := "Suppressing AWS X-Ray context missing panic: failed to begin subsegment named 'before': segment cannot be found."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The SDK says once where it sends segments to. Where the environment tells it, it
// says so at the start of the program, not with the first segment: known, and
// little beside what it would say of each statement.
func TestQuietTellsTheAddress(t *testing.T) {
	if got := child(t, "AWS_XRAY_DAEMON_ADDRESS="); got != "" {
		t.Errorf("got %q", got)
	}
	if got := child(t, "AWS_XRAY_DAEMON_ADDRESS="+receiver.Addr()); !strings.Contains(got, "Emitter using address: "+receiver.Addr()) {
		t.Errorf("got %q", got)
	}
}

// child returns what this program prints that uses traced code and does nothing.
func child(t *testing.T, env string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), quietChild+"=1", env)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
