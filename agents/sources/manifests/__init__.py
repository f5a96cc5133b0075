"""What a project says it depends on: requirements, lock files, package manifests and bills of materials."""
