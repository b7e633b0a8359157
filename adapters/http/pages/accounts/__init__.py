"""Pages to sign up, sign in and sign out."""
