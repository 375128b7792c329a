// Package lambda runs both sides of the idioms of AWS Lambda, in a program of their
// own that a stand-in of the runtime API invokes.
package lambda
