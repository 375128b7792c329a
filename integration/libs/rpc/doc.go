// Package rpc instruments plain programs that speak gRPC and run under AWS Lambda, runs
// them beside the plain ones, and looks at their answers and traces.
package rpc
