package main

import (
	"context"
	"errors"
	"os"

	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// GormBook is a row of gorm's.
type GormBook struct {
	ID    int
	Title string
}

// models is a shelf by gorm.
type models struct{ db *gorm.DB }

func openGORM(context.Context) (shelf, error) {
	return newModels(postgres.New(postgres.Config{DSN: os.Getenv("POSTGRES"), PreferSimpleProtocol: true}))
}

func openGORMMySQL(context.Context) (shelf, error) {
	return newModels(mysql.Open(os.Getenv("MYSQL")))
}

func newModels(d gorm.Dialector) (shelf, error) {
	db, err := gorm.Open(d, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	return &models{db}, db.AutoMigrate(&GormBook{})
}

func (m *models) fill(ctx context.Context, titles []string) error {
	return m.db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Where("1 = 1").Delete(&GormBook{}).Error; err != nil {
			return err
		}
		var books []GormBook
		for i, title := range titles {
			books = append(books, GormBook{i + 1, title})
		}
		return tx.Create(&books).Error
	})
}

func (m *models) find(ctx context.Context, id int) (string, error) {
	var b GormBook
	err := m.db.Where("id = ?", id).First(&b).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return b.Title, err
}

func (m *models) fail(ctx context.Context) error {
	return m.db.Exec("DELETE FROM nowhere").Error
}
