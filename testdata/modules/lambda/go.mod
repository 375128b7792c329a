module example.com/app

go 1.24.0

require (
	github.com/aws/aws-lambda-go v1.41.0
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2
)
