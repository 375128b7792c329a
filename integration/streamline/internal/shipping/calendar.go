// Package shipping books carriers for orders.
package shipping

import "time"

// shipBy returns the working day on which an order has to leave the house:
// the first one at least a day after it was placed.
func shipBy(placedOn string) (string, error) {
	day, err := time.Parse(time.DateOnly, placedOn)
	if err != nil {
		return "", err
	}
	day = day.AddDate(0, 0, 1)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	return day.Format(time.DateOnly), nil
}
