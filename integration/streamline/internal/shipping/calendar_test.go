package shipping

import "testing"

func TestShipBy(t *testing.T) {
	tests := map[string]string{
		"2026-03-02": "2026-03-03", // Monday
		"2026-03-06": "2026-03-09", // Friday
		"2026-03-07": "2026-03-09", // Saturday
		"2026-12-31": "2027-01-01",
	}
	for placed, want := range tests {
		got, err := shipBy(placed)
		if err != nil || got != want {
			t.Errorf("shipBy(%q) = %q, %v, want %q", placed, got, err, want)
		}
	}
	if _, err := shipBy("soon"); err == nil {
		t.Error("shipBy accepts what is no date")
	}
}
