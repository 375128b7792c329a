module example.com/app

go 1.24

require (
	github.com/segmentio/kafka-go v0.4.47
	github.com/twmb/franz-go v1.15.0
)

require (
	github.com/klauspost/compress v1.16.7 // indirect
	github.com/pierrec/lz4/v4 v4.1.18 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.6.1 // indirect
)
