"""What search engines and browsers ask a site for: sitemap, robots.txt, manifest, icons."""
