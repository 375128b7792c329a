module github.com/seed-4257438c/xray-instrument/analysis/golangci

go 1.26.0

require (
	github.com/golangci/plugin-module-register v0.1.2
	github.com/seed-4257438c/xray-instrument v0.0.0
	golang.org/x/tools v0.52.0
)

require (
	github.com/owenrumney/go-sarif/v2 v2.3.3 // indirect
	go.yaml.in/yaml/v3 v3.0.4 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/seed-4257438c/xray-instrument => ../..
