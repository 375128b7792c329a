package xray

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

func TestConfigure(t *testing.T) {
	defer xray.Configure(xray.Config{SamplingStrategy: sent.Everything{}, ContextMissingStrategy: ctxmissing.NewDefaultRuntimeErrorStrategy()})
	const rules = `{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[]}`
	if err := xrayConfigure("1.2.3", "ignore", rules, "ecs beanstalk"); err != nil {
		t.Fatal(err)
	}
	_, seg := xray.BeginSegment(t.Context(), "a")
	defer seg.Close(nil)
	if seg.GetService().Version != "1.2.3" {
		t.Errorf("version %q", seg.GetService().Version)
	}
	if seg.Sampled {
		t.Error("the rules do not hold")
	}
	if err := xrayConfigure("", "", "{", ""); err != nil {
		t.Error("rules that are none fail the set-up:", err)
	}
}

// TestConfigureName: the environment's name wins over the one in the program.
func TestConfigureName(t *testing.T) {
	t.Setenv("AWS_XRAY_TRACING_NAME", "renamed")
	_, seg := xray.BeginSegment(t.Context(), "orders")
	defer seg.Close(nil)
	if seg.Name != "renamed" {
		t.Errorf("name %q", seg.Name)
	}
}

func TestOnEC2(t *testing.T) {
	stop := make(chan bool)
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer silent.Close()
	defer close(stop)
	began := time.Now()
	if xrayOnInstance(silent.URL) || time.Since(began) > 5*time.Second {
		t.Error("a silent service is one, or is waited for")
	}
	old := httptest.NewServer(http.NotFoundHandler())
	defer old.Close()
	if !xrayOnInstance(old.URL) {
		t.Error("an answer is none")
	}
	if xrayOnInstance(strings.Repeat("\x00", 3)) {
		t.Error("what is no address answers")
	}
}
