package behaviour

import (
	"os"
	"os/exec"
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
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), quietChild+"=1", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "Suppressing AWS X-Ray context missing panic: failed to begin subsegment named 'before': segment cannot be found."; string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
