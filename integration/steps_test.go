package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
)

// outcome is a request with what becomes of the platform's own steps.
type outcome struct {
	request string // by its name
	fault   string // that validate_order records
}

func steps() []outcome {
	return []outcome{{request: "an order"}, {request: "more than there is", fault: "out of stock: lamp"}}
}

// testSteps looks for the subsegments and annotations that the platform's directives
// ask for, by name and key, as one looks for them in X-Ray.
func testSteps(t *testing.T, traced *platform, traces *decoder.Decoder) {
	for _, want := range steps() {
		t.Run(want.request, func(t *testing.T) {
			all := requests()
			r := all[slices.IndexFunc(all, func(r request) bool { return r.name == want.request })]
			id := newTraceID()
			answer := traced.send(t, r, id.header())
			spans := only(await(traces, r, id.String()), id.String())
			door := theSpan(t, spans, "ordervalidator")
			check, validate := theSpan(t, spans, "check_order"), theSpan(t, spans, "validate_order")
			if check.Parent != door.ID || validate.Parent != door.ID || check.Fault || check.Server || validate.Server {
				t.Errorf("got %+v and %+v in %+v", check, validate, door)
			}
			if validate.Fault != (want.fault != "") || !strings.Contains(validate.Exception, want.fault) {
				t.Errorf("validate_order has the fault %v %q, want %q", validate.Fault, validate.Exception, want.fault)
			}
			if !slices.ContainsFunc(spans, func(s decoder.Span) bool { return s.Parent == validate.ID && s.Client }) {
				t.Error("nothing is asked of another service in validate_order")
			}
			order, _ := validate.Annotations["order_id"].(float64)
			if order == 0 {
				t.Errorf("validate_order has the annotations %v", validate.Annotations)
			}
			if want.fault != "" { // the order has no confirmation
				order = 0
			}
			checkConfirmed(t, door, answer, order)
		})
	}
}

// checkConfirmed checks that the segment at the door is annotated with the order that
// the customer was told, or with none.
func checkConfirmed(t *testing.T, door decoder.Span, answer response, order float64) {
	t.Helper()
	var told struct {
		OrderID float64 `json:"order_id"`
	}
	if err := json.Unmarshal([]byte(answer.Body), &told); err != nil || told.OrderID != order {
		t.Errorf("the customer was told %s (%v), want the order %v", answer.Body, err, order)
	}
	got, _ := door.Annotations["order_id"].(float64)
	if got != order {
		t.Errorf("the segment has the annotations %v, want the order %v", door.Annotations, order)
	}
}

// theSpan returns the one span of a name.
func theSpan(t *testing.T, spans []decoder.Span, name string) decoder.Span {
	t.Helper()
	var found []decoder.Span
	for _, s := range spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d spans %s among %+v", len(found), name, spans)
	}
	return found[0]
}
