redirect "nouser@gmailish.example";
