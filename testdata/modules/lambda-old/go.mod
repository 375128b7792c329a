module example.com/app

go 1.17

require github.com/aws/aws-lambda-go v1.41.0
