// Package settings reads the configuration of a service from its environment.
package settings

import (
	"log"
	"os"
)

// Must returns the value of an environment variable and ends the program when it is empty.
func Must(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is not set", name)
	}
	return value
}

// Or returns the value of an environment variable, or fallback when it is empty.
func Or(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
