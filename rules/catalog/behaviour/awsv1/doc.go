// Package awsv1 runs both sides of the idioms of AWS SDK for Go v1, which the
// first major of the X-Ray SDK traces. It opens no database: both majors in one
// program would register the same traced driver.
package awsv1
