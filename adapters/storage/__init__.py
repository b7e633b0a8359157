"""obstore: pictures in a folder, or in object storage that speaks S3."""
