// Package spread prints what was measured several times.
package spread

import (
	"fmt"
	"slices"
)

// Of returns the median of figures with the least and the most.
func Of(figures []float64, format string) string {
	values := slices.Sorted(slices.Values(figures))
	return fmt.Sprintf(format+" ("+format+" to "+format+")", Median(values), values[0], values[len(values)-1])
}

// Median returns the median of figures.
func Median(figures []float64) float64 {
	values := slices.Sorted(slices.Values(figures))
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
