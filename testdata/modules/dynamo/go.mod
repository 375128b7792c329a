module example.com/app

go 1.24

require (
	github.com/aws/aws-sdk-go v1.48.10
	github.com/guregu/dynamo v1.23.0
)

require (
	github.com/cenkalti/backoff/v4 v4.2.1 // indirect
	github.com/jmespath/go-jmespath v0.4.0 // indirect
	golang.org/x/sync v0.5.0 // indirect
)
