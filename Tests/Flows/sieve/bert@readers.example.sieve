require ["vacation"];
vacation :days 1 :subject "Abwesenheit" "Ich bin bis zum 4. Januar nicht im Hause und lese Ihre Nachricht danach.";
