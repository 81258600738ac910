"""What words mean, in every language the importer reads: vocabulary, dates, countries, languages, acronyms."""
